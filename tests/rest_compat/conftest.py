"""Routes are tested through the whole service where their answers come from a backend."""

from golden.databases import databases, kept, on_sqlite

__all__ = ["databases", "kept", "on_sqlite"]
