"""A real SMTP server for tests, which keeps what it is handed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.ports import free_port

USER, PASSWORD = "fieldstock", "p@ss:word"


@dataclass
class Post:
    """What came: messages with whom they were for; `refuses` are addresses that it will not have, by code."""

    refuses: dict[str, int] = field(default_factory=dict)
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - a name of the library
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.refuses:
            return f"{self.refuses[address]} not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append((list(envelope.rcpt_tos), message))
        return "250 OK"


def _knows(_: object, __: object, ___: object, ____: object, login: object) -> AuthResult:
    assert isinstance(login, LoginPassword)
    known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=False)


@contextmanager
def running_mail_server(
    post: Post,
    port: int | None = None,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[int]:
    """Run it and yield its port; with a context, over TLS, and for those who sign in alone."""
    secured = starttls is not None or tls is not None
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=port or free_port(),
        server_hostname="localhost",
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        auth_required=secured,
        auth_require_tls=starttls is not None,
        authenticator=_knows if secured else None,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
