"""Wires everything: the one room that knows every other."""

from beckon.main.server import Part, Server, serve
from beckon.main.stores import StoreOutdatedError, make_data_dir, open_vault, prepare_store

__all__ = [
    "Part",
    "Server",
    "StoreOutdatedError",
    "make_data_dir",
    "open_vault",
    "prepare_store",
    "serve",
]
