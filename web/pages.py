"""Answers the pages that browsers show: the playground, the start page, the old routes' docs, each operation's page."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from web.build import SETTINGS_PLACEHOLDER

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # The wavy line under an error, and the arrows of the docs, are data: images.
    "img-src": "'self' data:",
    "font-src": "'self'",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def _policy(**changed: str) -> str:
    directives = {**_DIRECTIVES, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


# The editor writes its colours and measures into style elements and attributes of its own.
PLAYGROUND_POLICY = _policy(style_src="'self' 'unsafe-inline'", form_action="'none'")
"""The Content-Security-Policy that the playground works under; no request leaves the server's origin."""

PAGE_POLICY = _policy()
"""That of all other pages: no style and no script but those in files of our own."""

_WEB = Path(__file__).resolve().parent
_BUNDLE = _WEB / "bundle"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


class BundleMissing(RuntimeError):
    """The pages have not been built, or what was built is of no use."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; run `make setup` or `python -m web.build`")


def bundle_folder() -> Path:
    """The folder whose `assets` are served below /assets/."""
    if not (_BUNDLE / "index.html").is_file():
        raise BundleMissing("the pages' bundle is missing")
    return _BUNDLE


def playground_page(settings: Mapping[str, object]) -> bytes:
    """The page with these settings in its data block.

    Keys: `endpoint`, `developmentToken` (the address that grants one, or None for no button), `query`, `variables`.
    """
    before, after = _halves()
    # A data block ends at the first "</script", wherever that stands, so no angle bracket may stay bare; json.dumps
    # has escaped all that is not ASCII, the line separators U+2028 and U+2029 among it.
    return before + json.dumps(dict(settings)).translate(_ESCAPES).encode("ascii") + after


def page(name: str, **facts: object) -> bytes:
    """One of `templates`, filled in with `facts`; all text in them is escaped."""
    return _templates().get_template(f"{name}.html").render(here=name, **facts).encode()


def graph_picture() -> Markup:
    """The graph as SVG, as the build drew it from the schema's snapshot."""
    return Markup((bundle_folder() / "graph.svg").read_text("utf-8"))  # noqa: S704 our own build escaped it


@cache
def _halves() -> tuple[bytes, bytes]:
    page = (bundle_folder() / "index.html").read_text(encoding="utf-8")
    before, found, after = page.partition(SETTINGS_PLACEHOLDER)
    if not found:
        raise BundleMissing("the playground's page has no place for its settings")
    opening, closing = SETTINGS_PLACEHOLDER.split("{}")
    return (before + opening).encode(), (closing + after).encode()


@cache
def _templates() -> Environment:
    manifest = json.loads((bundle_folder() / "manifest.json").read_text("utf-8"))

    def asset(source: str) -> str:
        """The address of what the build made of a source."""
        return f"/{manifest[source]['file']}"

    def sheets(source: str) -> list[str]:
        """The addresses of the style sheets that come with a script."""
        return [f"/{file}" for file in manifest[source].get("css", ())]

    environment = Environment(
        loader=FileSystemLoader(_WEB / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(asset=asset, sheets=sheets)
    environment.filters.update(highlighted=_highlighted, breakable=_breakable)
    return environment


def _highlighted(text: str, language: str) -> Markup:
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    return Markup(highlight(text, get_lexer_by_name(language), formatter))  # noqa: S704 the formatter escapes


def _breakable(text: str) -> Markup:
    """A path that a line may end in, before a slash or a dot: not anywhere."""
    return Markup(re.sub(r"(?=[/.])(?!^)", "<wbr>", escape(text)))  # noqa: S704 escaped here
