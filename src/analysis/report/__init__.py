"""Tidy rows -> what a reader sees."""
