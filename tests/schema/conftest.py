"""The schema is tested alone."""

from hypothesis import HealthCheck, settings

# A machine that is busy with other things makes an example slow, not wrong.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
