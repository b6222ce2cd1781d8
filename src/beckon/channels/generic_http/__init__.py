"""Any provider with an HTTP API, by a request that is described in its settings."""
