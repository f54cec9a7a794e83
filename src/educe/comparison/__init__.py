"""Contenders on the same rows: which one to trust."""
