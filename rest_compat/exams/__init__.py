"""The Udir exam API: exam plans, registrations, candidates, grades, examiners."""
