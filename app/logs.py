"""Logs: one line an event, with the transaction id, without secrets or personal numbers."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from datasources.calls import transaction_id

# Members whose values we write ourselves, from closed sets: none can hold a secret.
OWN_KEYS = frozenset({"level", "timestamp", "method", "route"})
HIDDEN_KEYS = frozenset({"authorization", "client_secret", "token", "user_token", "password", "url"})
# A personal number of any series has eleven digits, wherever it stands; people write a blank after the sixth. The last
# part of a UUID may have as many, and is none: what our errors name would be lost.
PERSONAL_NUMBER = re.compile(
    r"(?P<uuid>\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b)|(?<!\d)\d{6}[ \u00a0]?\d{5}(?!\d)", re.IGNORECASE
)
# What any of the three needs to match, in one search: most values have none of it.
SUSPICIOUS = re.compile(r"(?i)\d{6}[ \u00a0]?\d{5}|bearer|://")
URL_WITH_PASSWORD = re.compile(r"(\w+://[^:/@\s]+:)[^@\s]+@")
BEARER = re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+")

Event = MutableMapping[str, Any]


def configure_logs(level: str, style: str) -> None:
    """Send everything that logs, ours and the libraries', through the same lines to standard error."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_transaction,
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    render: Processor = (
        structlog.processors.JSONRenderer(lambda event, **_: orjson.dumps(event, default=str).decode())
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # Libraries tell what goes wrong; their daily business is ours to tell.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))


def hide_secrets(_logger: object, _name: str, event: Event) -> Event:
    """Mask what a log must not hold, by the name of the member and by the look of the value."""
    for key, value in event.items():
        if key in HIDDEN_KEYS:
            event[key] = "[hidden]"
        elif key not in OWN_KEYS and isinstance(value, str):
            event[key] = masked(value)
    return event


def masked(text: str) -> str:
    """`text` without personal numbers, bearer tokens and passwords in URLs."""
    if SUSPICIOUS.search(text) is None:
        return text
    text = PERSONAL_NUMBER.sub(lambda found: found["uuid"] or "[number]", text)
    text = BEARER.sub(r"\1[hidden]", text)
    return URL_WITH_PASSWORD.sub(r"\1[hidden]@", text)


def _add_transaction(_logger: object, _name: str, event: Event) -> Event:
    if transaction := transaction_id.get():
        event.setdefault("transaction_id", transaction)
    return event
