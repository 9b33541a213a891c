"""Lingering: how long to wait for more before what came is handled, by how steadily it comes.

A wake, a commit and an acknowledgement cost the same for few messages as for many. So a steady flow is
handled in turns of about the same number of messages, whatever its rate, and a lone message at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracking.values.errors import InvalidValue

WINDOW_S = 0.02
"""A rate is judged over this time at least, so that a few messages at once are no flow."""


@dataclass(frozen=True, slots=True)
class LingerConfig:
    """At `busy_per_s` messages a second or more, wait for as long as `messages` take to come.

    That wait lies in [`busy_s`, `longest_s`] and grows to it by doubling from `first_s`; below that rate it
    is `lone_s`.
    """

    lone_s: float
    first_s: float
    busy_s: float
    longest_s: float
    messages: int
    busy_per_s: float = 500.0

    def __post_init__(self) -> None:
        if not 0 <= self.lone_s <= self.first_s <= self.busy_s <= self.longest_s <= 10 or self.first_s == 0:
            raise InvalidValue("Waits lie in [0, 10] s and rise from lone to longest; the first is positive.")
        if self.messages < 1 or self.busy_per_s <= 0:
            raise InvalidValue("A busy flow has a positive rate, and is waited for by the message.")


class Linger:
    """Follows one flow, on one thread; `wait_s` is how long to wait for more in the next turn."""

    def __init__(self, config: LingerConfig) -> None:
        self._config = config
        self._messages = 0
        self._took_s = 0.0
        self.wait_s = config.lone_s

    def turned(self, messages: int, took_s: float) -> None:
        """Note what a turn brought and how long it took, from the end of the one before."""
        self._messages += messages
        self._took_s += took_s
        if self._took_s < WINDOW_S:
            return
        config, per_s = self._config, self._messages / self._took_s
        self._messages, self._took_s = 0, 0.0
        if per_s < config.busy_per_s:
            self.wait_s = config.lone_s
            return
        wanted_s = min(max(config.busy_s, config.messages / per_s), config.longest_s)
        self.wait_s = min(max(2 * self.wait_s, config.first_s), wanted_s)
