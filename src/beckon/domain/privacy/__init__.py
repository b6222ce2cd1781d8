"""Owns what concerns one person across all slices: erasing them, and giving out what is known."""
