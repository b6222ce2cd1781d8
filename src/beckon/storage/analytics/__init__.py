"""The index for questions about many: ClickHouse, embedded or a server; rebuilt from the truth."""
