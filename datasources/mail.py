"""Sends one plain-text message by SMTP. Says nothing of addresses, hosts or passwords in what it raises or logs."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from enum import Enum
from functools import cached_property
from typing import Literal

import aiosmtplib

from datasources.calls import LEFT_ALONE, Calls, Limits
from datasources.errors import BackendError, BackendRefused, BackendTimeout, BackendUnavailable

BACKEND = "mail"
# Never two at once to the same server from one process: mail is no flood.
IN_FLIGHT = 4
BREAKER_OPEN_SECONDS = 30.0

# How a connection is kept from being read: from its first byte, by STARTTLS, or not at all.
TlsMode = Literal["tls", "starttls", "none"]


# Why a server has taken nothing for certain, and may be asked again.
NOT_CONNECTED = "there was no connection"


class Delivery(Enum):
    """What became of a message."""

    SENT = "SENT"  # the server has taken it
    NOT_CONFIGURED = "NOT_CONFIGURED"  # there is no server to give it to


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is given to, and from whom it comes. `host` is None where none is sent."""

    host: str | None
    port: int = 587
    tls: TlsMode = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    timeout_seconds: float = 10.0


class Mail:
    """Gives messages to one server: a connection each, made and closed."""

    def __init__(self, server: MailServer, context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._given_context = context
        self.calls = Calls(BACKEND, Limits(server.timeout_seconds, IN_FLIGHT, BREAKER_OPEN_SECONDS))

    @cached_property
    def _context(self) -> ssl.SSLContext:
        """Made when it is needed: reading what a system trusts takes longer than all else that a start does here."""
        return self._given_context or ssl.create_default_context()

    async def send(self, to: str, subject: str, text: str) -> Delivery:
        """Send a message to one address; without a server to give it to, say so. One call, never made twice.

        Raises ValueError for an address or a subject that would break out of its line; BackendTimeout and
        BackendUnavailable, after which it is known only by `was_not_taken` whether it was taken; BackendRefused.
        """
        message = message_of(self._server.sender, to, subject, text)
        if self._server.host is None:
            return Delivery.NOT_CONFIGURED
        await self.calls.write(lambda: self._given(message))
        return Delivery.SENT

    async def _given(self, message: EmailMessage) -> None:
        server = self._server
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                tls_context=None if server.tls == "none" else self._context,
                timeout=server.timeout_seconds,
            )
        # The library's own words hold addresses and what the server said: only the kind is told.
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError):
            raise BackendUnavailable(BACKEND, NOT_CONNECTED) from None
        except aiosmtplib.SMTPTimeoutError:
            raise BackendTimeout(BACKEND) from None
        except (aiosmtplib.SMTPServerDisconnected, OSError):
            raise BackendUnavailable(BACKEND) from None
        except aiosmtplib.SMTPException as refusal:
            raise BackendRefused(BACKEND, cause=type(refusal).__name__) from None


def was_not_taken(failure: BackendError) -> bool:
    """Whether the server has surely not taken the message: nothing was said to it."""
    return isinstance(failure, BackendUnavailable) and failure.reason in (NOT_CONNECTED, LEFT_ALONE)


def message_of(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """A message of plain text. Raises ValueError for a line break where none may be, and for no single address."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    addresses = message["To"].addresses
    if len(addresses) != 1 or not addresses[0].username or not addresses[0].domain:
        raise ValueError("a message goes to one address")
    return message
