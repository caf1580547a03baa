"""Learning: what may be asked of what learners view, try and enrol for, and what they may do."""
