"""Learning: what learners view, try and enrol for, and how far they are."""
