"""Outgoing HTTP: a guarded client for every address that somebody outside gives."""
