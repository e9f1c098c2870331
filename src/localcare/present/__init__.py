"""Figures, tables and folders of results: how numbers reach a reader."""
