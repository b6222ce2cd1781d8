"""Words with no domain: time, ids, refusals, JSON, addresses, secrets."""
