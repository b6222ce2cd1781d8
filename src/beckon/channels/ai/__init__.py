"""Language models behind OpenAI-compatible addresses: hosted ones, and ones of one's own."""
