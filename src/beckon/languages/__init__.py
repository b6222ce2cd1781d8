"""Template languages as pure libraries: text and plain values in, text out."""
