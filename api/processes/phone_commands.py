"""The commands to phones that wait in the database."""

from __future__ import annotations

from collections.abc import Sequence

from tracking.fleet.phone_commanding import due_commands, mark_sent
from tracking.fleet.phone_commands import DueCommand, Way
from tracking.store.unit_of_work import Store
from tracking.values.times import system_clock


class StoredPhoneCommands:
    """What is to be published to phones; see `device_gateway.phone_commander.PhoneCommandSource`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def due(self) -> Sequence[DueCommand]:
        """Return the commands to send."""
        with self._store.reading() as uow:
            return due_commands(uow, Way.PUBLISHED, system_clock())

    def mark_sent(self, command: DueCommand) -> None:
        """Record that the broker has taken a command."""
        with self._store.writing() as uow:
            mark_sent(uow, command, Way.PUBLISHED, system_clock())
            uow.commit()
