"""Owns campaigns: one message to many people, from the draft to the recount."""
