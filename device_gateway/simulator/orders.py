"""What can be said to a reference locker while it runs: one line, one order, one answer."""

from __future__ import annotations

import math
import time

from device_gateway.simulator.cabinet import EMPTY, Content
from device_gateway.simulator.reference import ReferenceLocker
from tracking.values.errors import FieldstockError, InvalidValue

LONGEST_S = 30 * 86_400.0
"""The longest cut, and the furthest jump of the clock."""

HELP = {
    "power off": "lose power, and with it all that is not remembered",
    "power on": "start again",
    "power cut SECONDS": "lose power, and start again after so long",
    "radio off": "lose the connection without a farewell; the buffer grows",
    "radio on": "connect again",
    "radio cut SECONDS": "lose the connection, and connect again after so long",
    "clock SECONDS": "let the clock jump ahead, or behind with a minus",
    "take COMPARTMENT [QUANTITY]": "take pieces out through an open door",
    "put COMPARTMENT PART [QUANTITY] [SERIAL]": "lay something in; through an open door it is `placed`",
    "empty COMPARTMENT": "take everything out, whatever the door",
    "scan COMPARTMENT CODE": "read a serial or part number with the scanner",
    "code COMPARTMENT DIGITS": "type an offline code",
    "jam COMPARTMENT": "let a compartment jam",
    "temperature DEGREES": "let the thermometer read so many degrees Celsius",
    "mains on": "run on mains",
    "mains off": "run on the battery",
    "status": "say how it is",
    "help": "say this",
}
"""Every order, as it is said and what it means."""


class Orders:
    """Takes orders for one locker; those for later are carried out by `step`."""

    def __init__(self, reference: ReferenceLocker) -> None:
        self._reference = reference
        self._later: list[tuple[float, str]] = []

    def say(self, line: str) -> str:
        """Carry out an order, and return what came of it; one that cannot be understood says so."""
        try:
            return self._obey(line.split())
        except FieldstockError as error:
            return f"{error.cause} {error.action}"
        except ValueError as error:
            return f"{error}; say `help`"

    def later(self, after_s: float, line: str) -> None:
        """Carry out an order in so many seconds."""
        self._later.append((time.monotonic() + after_s, line))

    def step(self) -> list[str]:
        """Carry out what is due, and return the answers."""
        now_s = time.monotonic()
        due = sorted(item for item in self._later if item[0] <= now_s)
        self._later = [item for item in self._later if item[0] > now_s]
        return [f"{line}: {self.say(line)}" for _, line in due]

    def _obey(self, words: list[str]) -> str:
        reference = self._reference
        match words:
            case []:
                return ""
            case ["help"]:
                return "\n".join(f"{usage:42}{meaning}" for usage, meaning in HELP.items())
            case ["status"]:
                return self._status()
            case ["power", "off"]:
                reference.power_off()
            case ["power", "on"]:
                reference.power_on()
            case ["radio", "off"]:
                reference.radio_off()
            case ["radio", "on"]:
                reference.radio_on()
            case ["power" | "radio" as what, "cut", seconds]:
                self.later(_bounded(seconds, 0), f"{what} on")
                return self._obey([what, "off"])
            case ["clock", seconds]:
                reference.locker.jump_clock(_bounded(seconds, -LONGEST_S))
            case _:
                return self._handle(words)
        return "done"

    def _handle(self, words: list[str]) -> str:
        """Do what people do at a locker."""
        locker = self._reference.locker
        match words:
            case ["take", compartment, *quantity] if len(quantity) < 2:
                locker.take(compartment, int(quantity[0]) if quantity else 1)
            case ["put", compartment, part, *rest] if len(rest) < 3:
                serial = rest[1] if len(rest) == 2 else None
                locker.put(compartment, Content(part, serial, int(rest[0]) if rest else 1))
            case ["empty", compartment]:
                locker.put(compartment, EMPTY)
            case ["scan", compartment, code]:
                locker.scan(compartment, code)
            case ["code", compartment, digits]:
                return "the door opens" if locker.type_code(compartment, digits) else "refused"
            case ["jam", compartment]:
                locker.jam(compartment)
            case ["temperature", degrees]:
                locker.read(temperature_c=_number(degrees))
            case ["mains", "on" | "off" as state]:
                locker.read(power="mains" if state == "on" else "battery")
            case _:
                raise ValueError(f"There is no order {' '.join(words)!r}")
        return "done"

    def _status(self) -> str:
        if not self._reference.has_power:
            return "without power"
        locker = self._reference.locker
        doors = ", ".join(sorted(locker.open_doors)) or "none"
        held = ", ".join(
            f"{name}: {c.quantity} {c.part}" for name, c in locker.contents.items() if c.quantity
        )
        return (
            f"{'connected' if locker.is_connected else 'not connected'}, session {locker.session}, "
            f"{locker.unacknowledged} reports unacknowledged, open doors: {doors}, holds {held or 'nothing'}"
        )


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number")
    return value


def _bounded(text: str, low: float) -> float:
    value = _number(text)
    if not low <= value <= LONGEST_S:
        raise InvalidValue(f"{text} s is not between {low:.0f} and {LONGEST_S:.0f} s.")
    return value
