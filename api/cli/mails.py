"""Commands about e-mails."""

from __future__ import annotations

import click

from api.mail_client import Envelope, MailServer, send
from api.settings import SettingsInvalid, load_settings
from tracking.mails.mail import Mail
from tracking.values.ids import new_id
from tracking.values.times import system_clock


@click.group()
def mail() -> None:
    """E-mails that tell people of alerts."""


@mail.command("test")
@click.argument("recipients", nargs=-1)
def test_mail(recipients: tuple[str, ...]) -> None:
    """Send a mail to RECIPIENTS, or to FIELDSTOCK_MAIL_TO, and say how it went."""
    settings = load_settings()
    if settings.mail_url is None:
        raise SettingsInvalid("FIELDSTOCK_MAIL_URL is not set: no mails are sent.")
    envelope = Envelope(settings.mail_from, recipients or settings.mail_recipients)
    now = system_clock()
    text = f"This is how alerts will come.\n\nThis installation is at\n{settings.base_url}/console\n"
    refused = send(MailServer.parse(settings.mail_url), envelope, Mail(new_id(), 0, "a test", text, now, now))
    for address in envelope.recipients:
        click.echo(f"{address}: {'refused' if address in refused else 'handed in'}")
