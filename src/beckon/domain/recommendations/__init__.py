"""Owns what to recommend to whom: what people bought together, asked of the analytics store."""
