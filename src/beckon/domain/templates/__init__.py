"""Owns message texts and their versions; rendering itself is in `languages/`."""
