"""The built-in outbox: mail stays here, to be looked at in the dashboard."""
