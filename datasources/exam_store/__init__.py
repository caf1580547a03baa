"""The exam store: what is examined when, who is registered for it, what came of it, and who examines."""
