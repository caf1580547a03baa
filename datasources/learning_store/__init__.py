"""The learning store: what learners have viewed, tried and enrolled for, and how far they are."""
