"""Events as they are stored and read."""

from datasources.stores import Store


class EventStore:
    """Stores events and reads them back. Opened and closed with the process."""

    def __init__(self, store: Store) -> None:
        self.store = store
