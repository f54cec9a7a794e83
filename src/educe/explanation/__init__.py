"""The mathematics of one result, written out with its own numbers."""
