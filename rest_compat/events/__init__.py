"""DAS Events API: what its callers send, and the replies that they know."""
