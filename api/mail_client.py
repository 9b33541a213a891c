"""Sends e-mails over SMTP: one attempt, whose failure says whether another makes sense."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Self
from urllib.parse import unquote, urlsplit

from tracking.mails.mail import Mail
from tracking.values.errors import FieldstockError

TIMEOUT_S = 20.0
PERMANENT = 500
"""From this SMTP code on another attempt would end the same way (RFC 5321, section 4.2.1)."""


class MailRefused(FieldstockError):
    """An attempt to send a mail failed; `for_good` says that the next one would fail too."""

    code = "mail_refused"
    action = "Correct FIELDSTOCK_MAIL_URL, _FROM or _TO, and try it by `fieldstock mail test`."

    def __init__(self, cause: str, *, for_good: bool = False) -> None:
        super().__init__(cause)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in: with `tls` from the first byte, else by STARTTLS where there is a `user`."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://user:password@host:587` or `smtps://user:password@host:465`. Raises `ValueError`."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be smtp://user:password@host:port or smtps://user:password@host:port")
        tls = parts.scheme == "smtps"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, parts.port or (465 if tls else 587 if user else 25), tls, user, password)


@dataclass(frozen=True, slots=True)
class Envelope:
    """From whom mails are, and to whom they go."""

    sender: str
    recipients: tuple[str, ...]


def send(
    server: MailServer, envelope: Envelope, mail: Mail, trust: ssl.SSLContext | None = None
) -> list[str]:
    """Hand a mail in; return the recipients that were refused, of whom at least one was not.

    A password is never sent over a connection that is not encrypted. Raises `MailRefused`.
    """
    trust = trust or ssl.create_default_context()
    message = _message(envelope, mail)
    try:
        with _connected(server, trust) as smtp:
            if server.user:
                if not server.tls:
                    smtp.starttls(context=trust)
                smtp.login(server.user, server.password)
            return sorted(smtp.send_message(message, envelope.sender, list(envelope.recipients)))
    except smtplib.SMTPRecipientsRefused as error:
        codes = {address: code for address, (code, _) in error.recipients.items()}
        cause = f"{server.host} refuses every recipient: {', '.join(sorted(codes))}."
        raise MailRefused(cause, for_good=min(codes.values()) >= PERMANENT) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused(f"{server.host} offers no STARTTLS, or no login.", for_good=True) from error
    except smtplib.SMTPResponseException as error:
        said = (
            error.smtp_error.decode(errors="replace")
            if isinstance(error.smtp_error, bytes)
            else error.smtp_error
        )
        cause = f"{server.host} answered {error.smtp_code}: {said}"
        raise MailRefused(cause, for_good=error.smtp_code >= PERMANENT) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"{server.host}:{server.port} cannot be reached: {error}") from error


def _connected(server: MailServer, trust: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)


def _message(envelope: Envelope, mail: Mail) -> EmailMessage:
    """Return a mail as it goes over the wire; each attempt is the same message, by its Message-ID."""
    message = EmailMessage()
    domain = parseaddr(envelope.sender)[1].rpartition("@")[2] or "localhost"
    message["From"] = envelope.sender
    message["To"] = ", ".join(envelope.recipients)
    message["Subject"] = f"Fieldstock: {_one_line(mail.subject)}"
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(_html(mail.text), subtype="html")
    return message


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _html(text: str) -> str:
    """Return the text with its first line large and its link to be clicked."""
    first, _, rest = text.strip().partition("\n")
    lines = [
        f'<a href="{escape(line)}">Open the console</a>'
        if line.startswith(("http://", "https://"))
        else escape(line)
        for line in rest.strip().splitlines()
    ]
    body = "\n".join(lines)
    return (
        f'<p style="font:600 18px sans-serif">{escape(first)}</p>'
        f'<pre style="font:14px/1.5 ui-monospace,monospace">{body}</pre>'
    )
