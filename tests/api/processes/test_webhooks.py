"""Webhooks are told of events by real HTTP: signed as receivers verify it, tried again, and disabled."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from api import webhook_client
from api.processes.webhooks import forget_deliveries, webhook_sender
from api.processes.worker import stamp_events
from api.secrets import load_secrets
from api.settings import Settings
from api.webhook_client import checked_url, post
from tests.ports import free_port
from tracking.identity.secrets import SecretSeal
from tracking.store.unit_of_work import Store
from tracking.values.errors import Conflict, InvalidValue
from tracking.values.events import DomainEvent
from tracking.webhooks import service
from tracking.webhooks.webhook import RETRIES, Delivery, next_attempt

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Heard:
    """What a receiver heard, and what it answers."""

    status: int = 204
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}/hook?a=1"

    def verified(self, secret: str, n: int = -1) -> dict[str, object]:
        """Return a body that its receiver's library has verified."""
        return dict(Receiver(secret).verify(self.bodies[n], self.headers[n]))


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            heard.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(heard.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *words: object) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

    heard.server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=heard.server.serve_forever, daemon=True)
    thread.start()
    yield heard
    heard.server.shutdown()
    heard.server.server_close()
    thread.join(10)


@dataclass
class Told:
    """A store with webhooks, and the work that tells them of events."""

    store: Store
    settings: Settings

    @property
    def seal(self) -> SecretSeal:
        return SecretSeal(load_secrets(self.settings.data_dir).webhook_seal_key)

    def add(self, url: str, *kinds: str) -> tuple[str, str]:
        with self.store.writing() as uow:
            newest = uow.outbox.newest()
            webhook, secret = service.add_webhook(uow, url, kinds, newest, "admin", NOW, self.seal)
            uow.commit()
        return webhook.webhook_id, secret

    def happens(self, *kinds: str) -> None:
        with self.store.writing() as uow:
            uow.outbox.add(*(DomainEvent(kind, "o-1", NOW, {"number": "ORD-1"}) for kind in kinds))
            uow.commit()
        stamp_events(self.store)

    def work(self, go_on: Callable[[], bool] = lambda: True) -> None:
        webhook_sender(self.settings, self.store, go_on)(datetime.now(UTC))

    def deliveries(self) -> list[Delivery]:
        with self.store.reading() as uow:
            return uow.deliveries.find()

    def let_due(self) -> None:
        """Let the time pass until everything is due."""
        with self.store.writing() as uow:
            for delivery in uow.deliveries.find():
                if delivery.due_at is not None:
                    uow.deliveries.save(Delivery(**{**_fields(delivery), "due_at": NOW}))
            uow.commit()


def _fields(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}


@pytest.fixture
def told(store: Store, tmp_path: Path) -> Told:
    return Told(store, Settings(data_dir=tmp_path / "var", webhook_private=True))


def test_event_is_delivered_once_and_its_signature_holds(told: Told, heard: Heard) -> None:
    told.happens("order.created")  # before there was a webhook: not told
    _, secret = told.add(heard.url)
    told.happens("order.delivered")
    told.work()
    told.work()
    assert len(heard.bodies) == 1
    body = heard.verified(secret)
    assert (body["type"], body["timestamp"]) == ("order.delivered", NOW.isoformat())
    assert body["data"] == {"number": "ORD-1", "position": 2, "subject": "o-1"}
    (delivery,) = told.deliveries()
    assert (delivery.attempts, delivery.status, delivery.due_at) == (1, 204, None)
    assert heard.headers[0]["webhook-id"] == delivery.delivery_id
    with pytest.raises(WebhookVerificationError):
        Receiver("whsec_" + "A" * 43 + "=").verify(heard.bodies[0], heard.headers[0])


def test_only_the_kinds_that_are_wanted_are_told_in_order(told: Told, heard: Heard) -> None:
    _, secret = told.add(heard.url, "order", "return.received")
    told.happens("order.created", "orders.odd", "return.planned", "return.received", "order.delivered")
    told.work()
    kinds = {str(heard.verified(secret, n)["type"]) for n in range(len(heard.bodies))}
    assert kinds == {"order.created", "return.received", "order.delivered"}
    assert len(heard.bodies) == 3


def test_hundred_events_reach_two_webhooks_without_loss(told: Told, heard: Heard) -> None:
    for _ in range(2):
        told.add(heard.url)
    told.happens(*["order.created"] * 100)
    told.work()
    ids = {headers["webhook-id"] for headers in heard.headers}
    assert (len(heard.bodies), len(ids)) == (200, 200)
    assert {delivery.due_at for delivery in told.deliveries()} == {None}


def test_receiver_that_fails_hears_the_same_again_later(told: Told, heard: Heard) -> None:
    _, secret = told.add(heard.url)
    told.happens("order.created")
    heard.status = 500
    told.work()
    told.work()
    (delivery,) = told.deliveries()
    assert (len(heard.bodies), delivery.attempts, delivery.status) == (1, 1, 500)
    assert delivery.error == "The receiver answered 500."
    assert delivery.due_at is not None
    heard.status = 200
    told.let_due()
    told.work()
    assert heard.bodies[0] == heard.bodies[1]
    assert heard.headers[0]["webhook-id"] == heard.headers[1]["webhook-id"]
    heard.verified(secret, 1)
    assert told.deliveries()[0].delivered_at is not None


def test_delivery_that_fails_for_three_days_is_given_up_with_an_alert(told: Told, heard: Heard) -> None:
    told.add(heard.url, "order")
    told.happens("order.created")
    heard.status = 503
    for _ in range(len(RETRIES) + 3):
        told.work()
        told.let_due()
    (delivery,) = told.deliveries()
    assert (delivery.attempts, delivery.due_at) == (len(RETRIES) + 1, None)
    stamp_events(told.store)
    with told.store.reading() as uow:
        alerts = [e.event for e in uow.outbox.read(0, 100) if e.event.kind == "alert.raised"]
    assert [alert.data["cause"] for alert in alerts] == [
        f"Webhook {heard.url}: order.created could not be delivered: The receiver answered 503."
    ]


def test_failed_alert_raises_no_alert(told: Told, heard: Heard) -> None:
    told.add(heard.url)
    told.happens("alert.raised")
    heard.status = 503
    for _ in range(len(RETRIES) + 2):
        told.work()
        told.let_due()
    stamp_events(told.store)
    with told.store.reading() as uow:
        assert uow.outbox.newest() == 1


def test_receiver_that_wants_no_more_is_disabled_until_it_is_enabled(told: Told, heard: Heard) -> None:
    webhook_id, _ = told.add(heard.url, "order")
    heard.status = 410
    told.happens("order.created")
    told.work()
    told.happens("order.delivered")
    told.work()
    assert len(heard.bodies) == 1
    with told.store.writing() as uow:
        assert (
            uow.webhooks.require(webhook_id).disabled_cause == "The receiver answered 410: it wants no more."
        )
        service.enable(uow, webhook_id)
        uow.commit()
    heard.status = 204
    told.work()
    assert len(heard.bodies) == 2


def test_rotated_secret_counts_beside_the_old_one_for_a_day(told: Told, heard: Heard) -> None:
    webhook_id, old = told.add(heard.url)
    now = datetime.now(UTC)
    with told.store.writing() as uow:
        _, new = service.rotate_secret(uow, webhook_id, now, told.seal)
        webhook = uow.webhooks.require(webhook_id)
        assert service.secrets_in_force(webhook, now + timedelta(hours=25), told.seal) == [new]
        uow.commit()
    told.happens("order.created")
    told.work()
    assert heard.verified(old) == heard.verified(new)


def test_retried_and_removed_deliveries(told: Told, heard: Heard) -> None:
    webhook_id, _ = told.add(heard.url)
    told.happens("order.created")
    told.work()
    with told.store.writing() as uow:
        service.retry(uow, told.deliveries()[0].delivery_id, NOW)
        uow.commit()
    told.work()
    assert len(heard.bodies) == 2
    with told.store.writing() as uow:
        service.remove_webhook(uow, webhook_id)
        uow.commit()
    told.happens("order.delivered")
    told.work()
    assert (len(heard.bodies), told.deliveries()) == (2, [])


def test_attempt_that_was_cut_off_is_made_again(told: Told, heard: Heard) -> None:
    told.add(heard.url)
    told.happens("order.created")
    told.work(lambda: False)  # makes the delivery, and sends what it claimed
    (delivery,) = told.deliveries()
    with told.store.writing() as uow:
        claimed = service.claim(uow, service.retry(uow, delivery.delivery_id, NOW), NOW)
        uow.commit()
    assert claimed.due_at == NOW + service.CLAIM
    told.work()
    assert len(heard.bodies) == 2


def test_deliveries_that_are_over_are_forgotten(told: Told, heard: Heard) -> None:
    told.add(heard.url)
    told.happens("order.created")
    told.work()
    with told.store.writing() as uow:
        assert forget_deliveries(uow, datetime.now(UTC), kept=timedelta(days=1)) == 0
        assert forget_deliveries(uow, datetime.now(UTC) + timedelta(days=2), kept=timedelta(days=1)) == 1


def test_there_are_fifty_webhooks_at_most(told: Told) -> None:
    for _ in range(service.MOST):
        told.add("https://example.com/hook")
    with pytest.raises(Conflict, match="50 webhooks"):
        told.add("https://example.com/hook")


def test_redirect_is_not_followed(heard: Heard) -> None:
    heard.status = 307
    assert post(heard.url, "{}", {}, allow_private=True).status == 307
    assert len(heard.bodies) == 1


def test_private_network_is_not_called_whatever_its_name(heard: Heard) -> None:
    assert heard.server is not None
    answer = post(f"http://localhost:{heard.server.server_port}/", "{}", {}, allow_private=False)
    assert (answer.status, heard.bodies) == (None, [])
    assert "in a private network" in str(answer.error)


def test_receiver_that_is_not_there_is_told_of() -> None:
    answer = post(f"http://127.0.0.1:{free_port()}/", "{}", {}, allow_private=True)
    assert answer.status is None
    assert "ConnectError" in str(answer.error)
    assert "cannot be looked up" in str(
        post("https://no.such.host.invalid/", "{}", {}, allow_private=True).error
    )


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
def test_certificate_must_be_of_the_name_that_is_called(
    name: str, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert heard.server is not None
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    webhook_client._trust.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    heard.server.socket = context.wrap_socket(heard.server.socket, server_side=True)
    answer = post(f"https://localhost:{heard.server.server_port}/", "{}", {}, allow_private=True)
    webhook_client._trust.cache_clear()
    assert answer.status == (204 if name == "localhost" else None)
    if name != "localhost":
        assert "certificate" in str(answer.error).lower()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://example.com/", "must start with https"),
        ("ftp://example.com/", "must start with https"),
        ("https:///path", "must start with https"),
        ("https://user:word@example.com/", "must not hold a password"),
        ("https://example.com/#part", "must not hold a password or a fragment"),
        ("https://127.0.0.1/", "private network"),
        ("https://10.1.2.3/", "private network"),
        ("https://169.254.169.254/latest", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://localhost/", "private network"),
        ("https://erp.internal/", "private network"),
        ("https://example.com/" + "x" * 2000, "must start with"),
    ],
)
def test_address_that_is_not_to_be_called_is_refused(url: str, cause: str) -> None:
    with pytest.raises(InvalidValue, match=cause):
        checked_url(url, allow_private=False)


def test_attempts_follow_at_growing_distances() -> None:
    gaps = [next_attempt(n, NOW) for n in range(1, len(RETRIES) + 2)]
    assert gaps[0] == NOW + timedelta(seconds=5)
    assert gaps[-1] is None
    assert list(RETRIES) == sorted(RETRIES)
