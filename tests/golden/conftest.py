"""Golden cases run on both kinds of database."""

from golden.databases import databases

__all__ = ["databases"]
