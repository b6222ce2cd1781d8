"""Owns people: how they are named, their addresses and what is known of them."""
