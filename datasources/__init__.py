"""Where facts come from: one module per backend, records out, no GraphQL."""
