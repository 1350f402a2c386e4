"""Notebooks -> site."""
