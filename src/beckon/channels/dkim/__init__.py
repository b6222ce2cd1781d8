"""Signs mail for the domains it is sent from (DKIM)."""
