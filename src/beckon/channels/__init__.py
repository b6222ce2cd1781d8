"""The outside world: a folder per provider, each behind the one contract messages declare."""
