"""Results: scripts, and all else that follows an assessment."""
