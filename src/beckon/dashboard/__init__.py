"""The dashboard: server-rendered pages for people, one file and one template a page."""
