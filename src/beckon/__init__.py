"""Beckon: takes in what people do, decides who should hear what, and gets it to them once."""

__version__ = "0.1.0"
