"""Starting values from the formula and the data alone."""

from educe.search.by_values import search_by_values
from educe.search.found import Found, Minimum
from educe.search.search import search

__all__ = ["Found", "Minimum", "search", "search_by_values"]
