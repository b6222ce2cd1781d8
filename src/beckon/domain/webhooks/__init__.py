"""Owns webhooks: addresses that are told what becomes of messages, and what was told them."""
