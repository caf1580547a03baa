"""Cambridge Results API."""
