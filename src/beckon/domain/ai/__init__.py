"""Owns the writing of copy: what is asked for, and the composer that needs no network."""
