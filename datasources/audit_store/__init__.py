"""The audit store: who read the grades and results of named persons."""
