"""What callers may ask: types, names, descriptions. No logic."""
