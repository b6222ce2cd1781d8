"""Where things are kept: the state store with its two twins, and its migrations."""
