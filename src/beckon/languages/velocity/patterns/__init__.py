"""Java's regular expressions, with a count of steps: no pattern can hold up a rendering."""
