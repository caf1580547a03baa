"""The web page examgraph answers browsers with: the GraphiQL playground, its build and its settings."""
