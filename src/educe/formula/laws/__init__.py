"""The chapters of the library: one file per field, each a tuple `LAWS` of named laws."""
