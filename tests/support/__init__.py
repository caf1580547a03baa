"""What the tests stand on: real databases, a real process, really signed tokens."""
