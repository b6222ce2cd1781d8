"""A coffee roaster that never was: what `beckon demo` fills a project with."""
