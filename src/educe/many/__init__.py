"""One law, very many small data sets."""
