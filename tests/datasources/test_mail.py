"""Mail over real SMTP on loopback: what arrives, and whatever can go wrong on the way."""

import socket
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.certificates import self_signed
from support.server import free_port
from support.smtp import HOST, PASSWORD, SENDER, TO, USER, serving

from datasources.calls import counting_calls
from datasources.errors import BackendRefused, BackendTimeout, BackendUnavailable
from datasources.mail import Delivery, Mail, MailServer, TlsMode


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem", HOST)


async def test_a_message_arrives_as_it_was_written() -> None:
    with serving("none") as (inbox, port):
        mail = Mail(MailServer(HOST, port, "none", sender=SENDER))
        with counting_calls() as calls:
            assert await mail.send(TO, "Påmelding tatt imot", "Én linje.\nEn til.\n.\nSlutt.\n") is Delivery.SENT
    assert calls == {"mail": 1}
    [message] = inbox.messages
    headers = {name: str(message[name]) for name in ("From", "To", "Subject", "Auto-Submitted")}
    assert headers == {"From": SENDER, "To": TO, "Subject": "Påmelding tatt imot", "Auto-Submitted": "auto-generated"}
    assert message["Message-ID"].endswith("@example.org>")
    text = message.get_content().replace("\r\n", "\n")
    assert (message.get_content_type(), text) == ("text/plain", "Én linje.\nEn til.\n.\nSlutt.\n")
    assert inbox.envelopes == [(SENDER, [TO])]


async def test_without_a_server_nothing_is_sent_and_the_call_says_so() -> None:
    with counting_calls() as calls:
        assert await Mail(MailServer(None)).send(TO, "s", "t") is Delivery.NOT_CONFIGURED
    assert calls == {}


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_over_tls_to_a_server_that_somebody_vouches_for(tls: TlsMode, certificate: Path) -> None:
    user, password = (USER, PASSWORD) if tls == "starttls" else ("", "")
    server = MailServer(HOST, 0, tls, user, password, SENDER)
    with serving(tls, certificate) as (inbox, port):
        server = replace(server, port=port)
        known = Mail(server, ssl.create_default_context(cafile=certificate))
        assert await known.send(TO, "s", "t") is Delivery.SENT
        with pytest.raises(BackendUnavailable):
            await Mail(server).send(TO, "s", "t")
    assert len(inbox.messages) == 1


async def test_a_password_that_does_not_hold_is_told_of_and_not_told(certificate: Path) -> None:
    with serving("starttls", certificate) as (inbox, port):
        context = ssl.create_default_context(cafile=certificate)
        unknown = Mail(MailServer(HOST, port, "starttls", USER, "wrong-word", SENDER), context)
        with capture_logs() as logs, pytest.raises(BackendRefused, match=r"^mail gave an unusable answer$"):
            await unknown.send(TO, "s", "t")
    assert inbox.messages == []
    assert logs[0]["cause"] == "SMTPAuthenticationError"
    assert not [word for word in (HOST, USER, "wrong-word", TO, SENDER) if word in str(logs)]


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        (f"{TO}\r\nBcc: {SENDER}", "s"), (TO, "s\r\nBcc: x@example.org"), (TO, "s\nX: y"), (f"{TO}, {SENDER}", "s"),
        ("nobody", "s"), ("", "s"),
    ],
)  # fmt: skip
async def test_what_would_break_out_of_its_line_is_refused(to: str, subject: str) -> None:
    with serving("none") as (inbox, port):
        with pytest.raises(ValueError, match=r"."):
            await Mail(MailServer(HOST, port, "none", sender=SENDER)).send(to, subject, "t")
        assert inbox.messages == []


async def test_a_server_that_refuses_is_told_without_its_words() -> None:
    with serving("none") as (inbox, port):
        inbox.refusal = f"554 {TO} is not welcome"
        with capture_logs() as logs, pytest.raises(BackendRefused) as caught:
            await Mail(MailServer(HOST, port, "none", sender=SENDER)).send(TO, "s", "t")
    assert caught.value.message == "mail gave an unusable answer"
    assert logs == [
        {"event": "backend_refused", "log_level": "warning", "backend": "mail", "reason": "", "cause": "SMTPDataError"}
    ]


async def test_a_server_that_is_not_there_and_one_that_says_nothing() -> None:
    with pytest.raises(BackendUnavailable, match=r"^mail cannot be reached: there was no connection$"):
        await Mail(MailServer(HOST, free_port(), "none", sender=SENDER)).send(TO, "s", "t")
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(BackendTimeout, match=r"^mail did not answer in time$"):
            await Mail(MailServer(HOST, port, "none", sender=SENDER, timeout_seconds=0.2)).send(TO, "s", "t")
