"""Runs an operation: parse, limit, validate, execute. Knows GraphQL, nothing of education."""
