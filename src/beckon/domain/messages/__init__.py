"""Owns one message to one contact: its life from queued to its end, and what carries it."""
