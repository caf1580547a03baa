"""Stand-ins for the backends, with made-up data: for a first look, and for tests."""
