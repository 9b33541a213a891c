"""Alerts as mails: one of each, sent when the server is back, given up for good reasons, forgotten."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.processes.mails import MailSender, forget_mails
from api.processes.worker import stamp_events
from api.settings import Settings
from tests.api.mail_server import Post, running_mail_server
from tests.e2e.installation import ROOT, new_installation, wait_for
from tests.ports import free_port
from tests.world import build_world, order_pump
from tracking.mails.mail import Mail
from tracking.orders.risk import warn_of_late_orders
from tracking.parts.service import open_count_task
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock, zone_named

OPS = "ops@example.com"
SENT_S = 60


class Mailing:
    """A sender on a store, with a server that may be away."""

    def __init__(self, store: Store, directory: Path, **settings: object) -> None:
        self.store, self.port, self.post = store, free_port(), Post()
        self.settings = Settings(
            data_dir=directory,
            mail_url=f"smtp://127.0.0.1:{self.port}",
            mail_from="dispatch@example.com",
            mail_to=f"{OPS}, boss@example.com",
            time_zone="Europe/Zurich",
            **settings,  # type: ignore[arg-type]
        )
        self.sender = MailSender(self.settings, store)
        self.sender.work(system_clock(), lambda: True)  # from here on

    def alert(self) -> str:
        """Let an order be late, and return its number."""
        now = system_clock()
        with self.store.writing() as uow:
            order = order_pump(uow)
            warn_of_late_orders(uow, now, zone_named("Europe/Zurich"))
            uow.commit()
        stamp_events(self.store)
        return order.number

    def work(self) -> None:
        self.sender.work(system_clock(), lambda: True)

    def mails(self) -> list[Mail]:
        with self.store.reading() as uow:
            return uow.mails.find()

    def due_now(self) -> None:
        """Let the time of the next attempts come."""
        with self.store.writing() as uow:
            for mail in uow.mails.find():
                if mail.due_at is not None:
                    uow.mails.save(replace(mail, due_at=system_clock() - timedelta(seconds=1)))
            uow.commit()


@pytest.fixture
def mailing(store: Store, tmp_path: Path) -> Mailing:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    stamp_events(store)
    return Mailing(store, tmp_path)


def test_an_order_that_will_be_late_is_told_by_mail_once(mailing: Mailing) -> None:
    number = mailing.alert()
    with running_mail_server(mailing.post, mailing.port):
        mailing.work()
        mailing.work()
    ((recipients, message),) = mailing.post.letters
    assert recipients == [OPS, "boss@example.com"]
    assert message["Subject"].startswith(f"Fieldstock: {number} is late: it was due at Mon 12:00")
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "1 x Infusion pump (PUMP-1)" in text
    assert "Hospital Buchs" in text
    assert "not planned yet" in text
    assert f"{mailing.settings.base_url}/console" in text


def test_a_server_that_is_away_costs_delay_alone(mailing: Mailing) -> None:
    mailing.alert()
    mailing.work()
    (waiting,) = mailing.mails()
    assert (waiting.attempts, waiting.sent_at) == (1, None)
    assert waiting.due_at is not None
    assert waiting.due_at > system_clock()
    assert "cannot be reached" in str(mailing.sender.note())
    mailing.due_now()
    with running_mail_server(mailing.post, mailing.port):
        mailing.work()
    (sent,) = mailing.mails()
    assert (sent.attempts, sent.due_at, sent.error) == (2, None, None)
    assert sent.sent_at is not None
    assert mailing.sender.note() is None
    assert len(mailing.post.letters) == 1


def test_what_is_refused_for_good_is_given_up_and_told(mailing: Mailing) -> None:
    mailing.alert()
    mailing.post.refuses = {OPS: 550, "boss@example.com": 551}
    with running_mail_server(mailing.post, mailing.port):
        mailing.work()
    (lost,) = mailing.mails()
    assert (lost.due_at, lost.sent_at, lost.attempts) == (None, None, 1)
    assert "refuses every recipient" in str(mailing.sender.note())


def test_a_sender_that_died_in_an_attempt_makes_another(mailing: Mailing) -> None:
    mailing.alert()
    mailing.sender._make(system_clock())
    assert mailing.sender._claimed(system_clock()) is not None
    assert mailing.sender._claimed(system_clock()) is None  # it is under way
    with running_mail_server(mailing.post, mailing.port):
        MailSender(mailing.settings, mailing.store).work(system_clock(), lambda: True)
        assert mailing.post.letters == []
        mailing.due_now()
        MailSender(mailing.settings, mailing.store).work(system_clock(), lambda: True)
    assert len(mailing.post.letters) == 1


def test_other_alerts_are_mailed_where_that_is_wanted(store: Store, tmp_path: Path) -> None:
    with store.writing() as uow:
        build_world(uow)
        uow.commit()
    stamp_events(store)
    few, all_of_them = Mailing(store, tmp_path), Mailing(store, tmp_path, mail_all_alerts=True)
    with store.writing() as uow:
        open_count_task(uow, "depot", None, "Somebody should count here.", system_clock())
        uow.commit()
    stamp_events(store)
    few.work()
    assert few.mails() == []
    with store.writing() as uow:
        open_count_task(uow, "bench", None, "And here.", system_clock())
        uow.commit()
    stamp_events(store)
    with running_mail_server(all_of_them.post, all_of_them.port):
        all_of_them.work()
    ((_, message),) = all_of_them.post.letters
    assert message["Subject"] == "Fieldstock: And here."


def test_mails_that_are_over_are_forgotten_with_their_events(mailing: Mailing) -> None:
    mailing.alert()
    later = system_clock() + timedelta(days=8)
    with mailing.store.writing() as uow:
        mailing.sender._make(system_clock())
        assert forget_mails(uow, later, kept=timedelta(days=7)) == 0  # it is still to be sent
    with running_mail_server(mailing.post, mailing.port):
        mailing.work()
    with mailing.store.writing() as uow:
        assert forget_mails(uow, later, kept=timedelta(days=7)) == 1


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"mail_url": "http://relay", "mail_to": OPS, "mail_from": OPS}, "smtp://"),
        ({"mail_url": "smtp://relay", "mail_from": OPS}, "MAIL_TO"),
        ({"mail_url": "smtp://relay", "mail_to": OPS}, "MAIL_FROM"),
        ({"mail_url": "smtp://relay", "mail_to": f"{OPS}, boss", "mail_from": OPS}, "'boss'"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(**settings)  # type: ignore[arg-type]


def test_the_worker_raises_the_alert_and_mails_it(tmp_path: Path) -> None:
    post, port = Post(), free_port()
    mails = {"mail_url": f"smtp://127.0.0.1:{port}", "mail_from": OPS, "mail_to": OPS}
    here = new_installation(tmp_path / "var", **mails)
    store = here.store()
    Mailing(store, tmp_path)
    with store.writing() as uow:
        build_world(uow)
        number = order_pump(uow).number
        uow.commit()
    store.close()
    with running_mail_server(post, port), (tmp_path / "worker.log").open("wb") as log:
        command = [sys.executable, "-m", "api.cli", "worker"]
        worker = subprocess.Popen(command, cwd=ROOT, env=here.environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: post.letters, SENT_S)
        finally:
            worker.terminate()
            worker.wait(30)
    ((_, message),) = post.letters
    assert number in message["Subject"]


def test_the_command_tries_the_settings(tmp_path: Path) -> None:
    port, post = free_port(), Post({"boss@example.com": 550})
    mails = {"mail_url": f"smtp://127.0.0.1:{port}", "mail_from": OPS, "mail_to": f"{OPS}, boss@example.com"}
    here = new_installation(tmp_path / "var", **mails)
    with running_mail_server(post, port):
        done = here.command("mail", "test")
        assert done.stdout.splitlines() == [f"{OPS}: handed in", "boss@example.com: refused"]
        assert here.command("mail", "test", "else@example.com").returncode == 0
    away = here.command("mail", "test", check=False)
    assert away.returncode == 1
    assert "cannot be reached" in away.stderr
    unset = new_installation(tmp_path / "other").command("mail", "test", check=False)
    assert "FIELDSTOCK_MAIL_URL is not set" in unset.stderr
