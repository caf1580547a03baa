"""Migrations of the exam store."""
