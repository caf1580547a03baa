"""HTTP: one thin way in, for GraphQL, for the old routes and for the pages of those who run it."""
