"""Answers the playground's page, with the settings of this server put into it, and where its other files are."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from web.build import SETTINGS_PLACEHOLDER

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    # The editor writes its colours and measures into style elements and attributes of its own.
    "style-src 'self' 'unsafe-inline'",
    # The wavy line under an error is a data: image.
    "img-src 'self' data:",
    "font-src 'self'",
    "worker-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)

PLAYGROUND_POLICY = "; ".join(_DIRECTIVES)
"""The Content-Security-Policy the page works under; no request leaves the server's origin."""

_BUNDLE = Path(__file__).resolve().parent / "bundle"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


class BundleMissing(RuntimeError):
    """The playground has not been built, or what was built is of no use."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; run `make setup` or `python -m web.build`")


def bundle_folder() -> Path:
    """The folder whose files are served below /playground/."""
    if not (_BUNDLE / "index.html").is_file():
        raise BundleMissing("the playground's bundle is missing")
    return _BUNDLE


def playground_page(settings: Mapping[str, object]) -> bytes:
    """The page with these settings in its data block.

    Keys: `endpoint`, `developmentToken` (the address that grants one, or None for no button), `query`, `variables`.
    """
    before, after = _halves()
    # A data block ends at the first "</script", wherever that stands, so no angle bracket may stay bare; json.dumps
    # has escaped all that is not ASCII, the line separators U+2028 and U+2029 among it.
    return before + json.dumps(dict(settings)).translate(_ESCAPES).encode("ascii") + after


@cache
def _halves() -> tuple[bytes, bytes]:
    page = (bundle_folder() / "index.html").read_text(encoding="utf-8")
    before, found, after = page.partition(SETTINGS_PLACEHOLDER)
    if not found:
        raise BundleMissing("the playground's page has no place for its settings")
    opening, closing = SETTINGS_PLACEHOLDER.split("{}")
    return (before + opening).encode(), (closing + after).encode()
