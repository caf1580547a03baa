"""The event store: apprenticeship, agreement, account and generic events, each kind numbered by itself."""
