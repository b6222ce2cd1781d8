"""Owns the answer to "who is meant": a language of rules, its two readings, and who is in."""
