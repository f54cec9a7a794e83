"""Measurements as named columns of float64: read, counted, written."""

from educe.table.reading import TextFile, as_table, read
from educe.table.table import Column, Summary, Table
from educe.table.writing import extend, replacing, write

__all__ = ["Column", "Summary", "Table", "TextFile", "as_table", "extend", "read", "replacing", "write"]
