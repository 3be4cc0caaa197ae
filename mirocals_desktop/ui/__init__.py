"""Everything with Qt: the window, its pages, plots and dialogs."""
