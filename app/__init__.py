"""The composition root: settings, wiring, who asks, HTTP, the command line. Alone in knowing everything."""
