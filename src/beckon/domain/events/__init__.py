"""Owns the log: what happened to whom, once."""
