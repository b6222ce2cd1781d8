"""What the faces are asked on: a server on either store, and projects in it."""

from support.fixtures import other, project, server

__all__ = ["other", "project", "server"]
