"""What the stories need: a server, and a project of their own."""

from support.fixtures import other, project, server

__all__ = ["other", "project", "server"]
