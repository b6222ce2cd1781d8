"""What each log means to the analytics store: a file a log, lines in, rows out."""
