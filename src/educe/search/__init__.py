"""Starting values from the formula and the data alone."""

from educe.search.found import Found, Minimum
from educe.search.search import search

__all__ = ["Found", "Minimum", "search"]
