"""The command line: what a person types; every error is one line that says what to do."""

from __future__ import annotations

import click

from api.cli.custody import custody
from api.cli.dead_letters import dead_letters
from api.cli.devices import device
from api.cli.lockers import locker, simulate_locker
from api.cli.mails import mail
from api.cli.maps import map_
from api.cli.people import token, user
from api.cli.processes import api, broker, fold, gateway, planner, roads, run, simulate, worker
from api.cli.route import route
from api.cli.sheets import export, import_
from api.cli.tools import doctor, openapi, replay
from tracking.values.errors import FieldstockError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name=None, version="0.1.0", prog_name="fieldstock")
def cli() -> None:
    """Fieldstock: post-sales logistics. Settings are environment variables; see docs/settings.md."""


for command in (
    run,
    broker,
    gateway,
    fold,
    planner,
    roads,
    worker,
    api,
    simulate,
    replay,
    device,
    dead_letters,
    locker,
    mail,
    user,
    token,
    map_,
    route,
    custody,
    import_,
    export,
    doctor,
    openapi,
):
    cli.add_command(command)


simulate.add_command(simulate_locker)


def main() -> int:
    """Run a command; a domain error is printed with what to do about it."""
    try:
        code = cli(standalone_mode=False)
    except FieldstockError as error:
        click.echo(f"fieldstock: {error.cause}\n  {error.action}  [{error.code}]", err=True)
        return 1
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    return code if isinstance(code, int) else 0
