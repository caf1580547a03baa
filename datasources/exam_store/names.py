"""When two names are one."""

import unicodedata

from datasources.exam_store.settling import Name


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def same_name(one: Name, other: Name) -> bool:
    """Whether two names of persons are one: blanks around and between, and the case of letters, do not count."""
    return one == other or tuple(map(_plain, one)) == tuple(map(_plain, other))


def group_name_key(name: str | None) -> str:
    """What two names of a group have in common when they are one: no name and a blank one are the same."""
    return (name or "").strip().casefold()
