"""Exams: the plan, registrations, what came of them, and who examines."""
