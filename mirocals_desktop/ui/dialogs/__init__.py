"""Everything that asks the user for more than a yes or no."""
