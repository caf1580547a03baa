"""Events: apprenticeship, agreement, account and generic events, read, recorded and followed."""
