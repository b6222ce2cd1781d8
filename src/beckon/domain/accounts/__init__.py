"""Owns projects, the people and keys that may act for them, and their sessions."""
