"""Mails over a real SMTP server: in the clear, with STARTTLS, with TLS, and every way it can fail."""

from __future__ import annotations

import ssl
from urllib.parse import quote

import pytest
import trustme

from api.mail_client import Envelope, MailRefused, MailServer, send
from tests.api.mail_server import PASSWORD, USER, Post, running_mail_server
from tests.ports import free_port
from tests.world import NOW
from tracking.mails.mail import Mail

OPS, BOSS = "ops@example.com", "boss@example.com"
ENVELOPE = Envelope("Fieldstock <dispatch@example.com>", (OPS, BOSS))
MAIL = Mail(
    "m-1",
    7,
    "ORD-7 is late:\r\nBcc: x@y",
    "ORD-7 is late\n\nSite: <b>A&E</b>\n\nhttp://x/console\n",
    NOW,
    NOW,
)
LOGIN = f"{USER}:{quote(PASSWORD, safe='')}@"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_mail_arrives_as_it_was_written() -> None:
    post = Post()
    with running_mail_server(post) as port:
        assert send(MailServer.parse(f"smtp://127.0.0.1:{port}"), ENVELOPE, MAIL) == []
    ((recipients, message),) = post.letters
    assert recipients == [OPS, BOSS]
    assert message["Subject"] == "Fieldstock: ORD-7 is late: Bcc: x@y"
    assert message["Bcc"] is None
    assert message["Message-ID"] == "<m-1@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == MAIL.text
    assert "&lt;b&gt;A&amp;E&lt;/b&gt;" in html.get_content()
    assert '<a href="http://x/console">' in html.get_content()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_over_tls_alone(authority: trustme.CA, scheme: str) -> None:
    post, context = Post(), server_context(authority)
    chosen = {"starttls": context} if scheme == "smtp" else {"tls": context}
    with running_mail_server(post, **chosen) as port:
        server = MailServer.parse(f"{scheme}://{LOGIN}localhost:{port}")
        assert send(server, ENVELOPE, MAIL, client_context(authority)) == []
        with pytest.raises(MailRefused, match=r"cannot be reached: .*certificate") as untrusted:
            send(server, ENVELOPE, MAIL)
        assert not untrusted.value.for_good
    assert len(post.letters) == 1


def test_a_wrong_password_is_told_and_not_tried_again(authority: trustme.CA) -> None:
    with running_mail_server(Post(), starttls=server_context(authority)) as port:
        server = MailServer.parse(f"smtp://{USER}:wrong@localhost:{port}")
        with pytest.raises(MailRefused, match="answered 535") as refused:
            send(server, ENVELOPE, MAIL, client_context(authority))
    assert refused.value.for_good


def test_a_server_without_starttls_gets_no_password() -> None:
    post = Post()
    with running_mail_server(post) as port, pytest.raises(MailRefused, match="no STARTTLS"):
        send(MailServer.parse(f"smtp://{LOGIN}127.0.0.1:{port}"), ENVELOPE, MAIL)
    assert post.letters == []


def test_some_recipients_may_be_refused_and_the_others_hear() -> None:
    post = Post({BOSS: 550})
    with running_mail_server(post) as port:
        assert send(MailServer.parse(f"smtp://127.0.0.1:{port}"), ENVELOPE, MAIL) == [BOSS]
    assert post.letters[0][0] == [OPS]


@pytest.mark.parametrize(("code", "for_good"), [(550, True), (450, False)])
def test_when_all_are_refused_it_depends_on_for_how_long(code: int, for_good: bool) -> None:
    with (
        running_mail_server(Post({OPS: code, BOSS: 550})) as port,
        pytest.raises(MailRefused, match=f"refuses every recipient: {BOSS}, {OPS}") as refused,
    ):
        send(MailServer.parse(f"smtp://127.0.0.1:{port}"), ENVELOPE, MAIL)
    assert refused.value.for_good == for_good


def test_a_server_that_is_away_may_be_back() -> None:
    with pytest.raises(MailRefused, match="cannot be reached") as away:
        send(MailServer.parse(f"smtp://127.0.0.1:{free_port()}"), ENVELOPE, MAIL)
    assert not away.value.for_good


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay", MailServer("relay", 25, False)),
        ("smtp://u:p%40@relay", MailServer("relay", 587, False, "u", "p@")),
        ("smtps://u:p@relay", MailServer("relay", 465, True, "u", "p")),
        ("smtp://relay:2525/", MailServer("relay", 2525, False)),
    ],
)
def test_an_address_is_read(url: str, expected: MailServer) -> None:
    assert MailServer.parse(url) == expected


@pytest.mark.parametrize(
    "url", ["", "relay:25", "http://relay", "smtp://", "smtp://relay/x", "smtp://relay:0x"]
)
def test_what_is_no_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|[Pp]ort"):
        MailServer.parse(url)
