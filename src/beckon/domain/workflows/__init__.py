"""Owns workflows: definitions, their versions, and the runs of people through them."""
