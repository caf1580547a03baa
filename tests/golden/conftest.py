"""Golden cases run on both kinds of database."""

from golden.databases import kept

__all__ = ["kept"]
