"""Everything that draws curves and points: the only place with pyqtgraph."""
