"""Migrations of the learning store."""
