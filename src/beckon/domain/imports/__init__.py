"""Owns lists of people that come in at once: what is done with everybody on one, and its record."""
