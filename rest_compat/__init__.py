"""The old routes, each a named GraphQL operation told in the old service's dialect."""
