"""A real SMTP server on loopback, and what it was given."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from datasources.mail import TlsMode
from support.server import free_port

SENDER, TO = "exams@example.org", "school@example.net"
USER, PASSWORD = "examgraph", "hunter2-of-the-mail"
HOST = "127.0.0.1"


class Inbox:
    """Keeps what it is given; refuses whom it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.refusal: str | None = None

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's
        if self.refusal:
            return self.refusal
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 taken"


def _authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    is_known = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


@contextmanager
def serving(tls: TlsMode, certificate: Path | None = None) -> Iterator[tuple[Inbox, int]]:
    """A server on loopback: one that speaks STARTTLS wants a password, too."""
    inbox, port = Inbox(), free_port()
    how: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        wants_password = {"authenticator": _authenticated, "auth_required": True, "require_starttls": True}
        how = {"tls_context": context, **wants_password} if tls == "starttls" else {"ssl_context": context}
    controller = Controller(inbox, HOST, port, **how)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()
