"""Resolvers are tested through the whole service where they ask a backend."""

from golden.databases import databases, kept, on_sqlite
from hypothesis import HealthCheck, settings

__all__ = ["databases", "kept", "on_sqlite"]

# A machine that is busy with other things makes an example slow, not wrong.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
