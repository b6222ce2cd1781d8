"""Consent: who may be written to, for what, and how that came to be; what people open and click."""
