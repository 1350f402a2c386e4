"""Statistics on arrays and frames; knows no file, market, notebook or language."""
