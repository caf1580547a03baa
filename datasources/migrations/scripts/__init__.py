"""Migrations of the script store."""
