"""Owns orders: what somebody bought, in which state each order is, and how people buy (RFM)."""
