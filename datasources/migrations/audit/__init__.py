"""Migrations of the audit store."""
