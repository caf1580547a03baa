"""The schemas of what the exam API takes and gives: as files in a ZIP, and compiled."""

import threading
import zipfile
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from lxml import etree

FOLDER = Path(str(files("rest_compat.exams").joinpath("schemas")))
# The oldest that a ZIP can tell.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@cache
def schema_archive() -> bytes:
    """All schemas in one ZIP without folders: the same bytes every time, everywhere."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as filled:
        for file in sorted(FOLDER.glob("*.xsd")):
            entry = zipfile.ZipInfo(file.name, LONG_AGO)
            entry.create_system = 3  # where it was made would show otherwise
            entry.external_attr = 0o644 << 16
            filled.writestr(entry, file.read_bytes())
    return archive.getvalue()


_of_this_thread = threading.local()


def compiled_schema(file_name: str) -> etree.XMLSchema:
    """One of the schemas, such as `Pamelding.xsd`. Belongs to the thread that asks.

    Two threads with one schema would get the right verdict, but each other's messages.
    """
    kept: dict[str, etree.XMLSchema] = _of_this_thread.__dict__
    if file_name not in kept:
        kept[file_name] = etree.XMLSchema(etree.parse(FOLDER / file_name))
    return kept[file_name]
