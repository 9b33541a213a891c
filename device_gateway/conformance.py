"""Does a maker's real locker keep the protocol: the list of rules, and what looks whether each is kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from device_gateway.conformance_bench import Bench, issued_ago


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the check waits, in seconds: for a locker to connect, to report, to answer, to send again."""

    connect_s: float = 300.0
    state_s: float = 60.0
    answer_s: float = 15.0
    resend_s: float = 60.0

    quiet_s: float = 30.0
    """How long a locker must be silent about what was acknowledged, and about what it must not do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list: the rule, and why the locker breaks it; None when it keeps it."""

    rule: str
    fault: str | None


@dataclass(slots=True)
class Check:
    """One run of the list against one locker."""

    bench: Bench
    compartment: str
    patience: Patience = field(default_factory=Patience)

    def run(self) -> Iterator[Finding]:
        """Yield one finding a rule, in order; without a connection there is but the first."""
        for rule, look in RULES:
            fault = look(self)
            yield Finding(rule, fault)
            if fault is not None and look is greets:
                return

    @property
    def session(self) -> str:
        """The locker's present session."""
        return str(self.greeting["session"])

    @property
    def greeting(self) -> dict[str, Any]:
        """The newest greeting."""
        return [item.body for item in self.bench.said("connection") if item.body.get("online") is True][-1]

    def command_id(self) -> str:
        """Return a name that no command had before."""
        return f"check-{secrets.token_hex(6)}"

    def replies(self, command_id: str) -> list[dict[str, Any]]:
        """Return the locker's answers to a command, each counted once however often it was sent."""
        own = [item.body for item in self.bench.said("reply") if item.body.get("command_id") == command_id]
        return list({(body.get("boot_id"), body.get("seq")): body for body in own}.values())

    def openings(self, command_id: str | None = None) -> set[int]:
        """Return the counters of the door openings so far, of one command or of all."""
        events = [item.body for item in self.bench.said("event")]
        opened = [body for body in events if body.get("kind") == "door_opened" and "seq" in body]
        return {body["seq"] for body in opened if command_id in (None, body.get("command_id"))}


def greets(check: Check) -> str | None:
    """It says that it is there, retained, with a session and a count."""
    if not check.bench.wait(lambda: bool(check.bench.said("connection")), check.patience.connect_s):
        return "Nothing came on its connection topic."
    body = check.bench.said("connection")[-1].body
    if (
        body.get("online") is not True
        or not body.get("session")
        or not isinstance(body.get("connect_count"), int)
    ):
        return f"Its greeting is {body}, not online, session and connect_count."
    if check.bench.retained_connection(check.patience.answer_s) is None:
        return "Its greeting is not retained."
    return None


def reports_state(check: Check) -> str | None:
    """It reports its whole state soon after it came."""
    if not check.bench.wait(lambda: bool(check.bench.said("state")), check.patience.state_s):
        return f"No state came within {check.patience.state_s:.0f} s."
    names = [item.get("compartment") for item in check.bench.said("state")[-1].body.get("compartments", [])]
    return None if check.compartment in names else f"Its state names the compartments {names}."


def sends_again(check: Check) -> str | None:
    """It sends again what was not acknowledged."""
    first = check.bench.said("state")
    if not first:
        return "There was no state to wait for."
    seq = first[0].body.get("seq")
    again = check.bench.wait(
        lambda: len([s for s in check.bench.said("state") if s.body.get("seq") == seq]) > 1,
        check.patience.resend_s,
    )
    return None if again else f"Report {seq} came once, although nobody acknowledged it."


def forgets_what_is_acknowledged(check: Check) -> str | None:
    """It stops sending what was acknowledged."""
    counted = [item.body for leaf in ("state", "event", "reply") for item in check.bench.said(leaf)]
    known = {(body["boot_id"], body["seq"]) for body in counted if "boot_id" in body and "seq" in body}
    check.bench.acknowledges = True
    for boot_id, seq in sorted(known):
        check.bench.acknowledge(boot_id, seq, seq)
    check.bench.wait(lambda: False, check.patience.answer_s / 3)
    since = check.bench.mark()
    check.bench.wait(lambda: False, check.patience.quiet_s)
    late = [item for leaf in ("state", "event", "reply") for item in check.bench.said(leaf, since)]
    again = sorted({i.body["seq"] for i in late if (i.body.get("boot_id"), i.body.get("seq")) in known})
    return f"It went on to send {again[:5]} after their acknowledgement." if again else None


def executes_once(check: Check) -> str | None:
    """It executes a command once, answers it, and names it at its doors, however often it comes."""
    before, command_id = check.openings(), check.command_id()
    sent = check.bench.send(command_id, session=check.session, compartment=check.compartment)
    if not check.bench.wait(lambda: bool(check.replies(command_id)), check.patience.answer_s):
        return "No reply names the command."
    result = check.replies(command_id)[0].get("result")
    if result != "done":
        return f"It answered {result}: {check.replies(command_id)[0].get('reason')}."
    if not check.bench.wait(lambda: bool(check.openings(command_id)), check.patience.answer_s):
        return "No door_opened names the command."
    check.bench.send_again(sent)
    check.bench.wait(lambda: len(check.openings() - before) > 1, check.patience.answer_s / 3)
    opened = len(check.openings() - before)
    return None if opened == 1 else f"The door opened {opened} times."


def _refuses(**wrong: Any) -> Callable[[Check], str | None]:
    def refuses(check: Check) -> str | None:
        values = {"session": check.session, "compartment": check.compartment, **wrong}
        if "age_s" in values:
            values["issued_at"] = issued_ago(values.pop("age_s"))
        before, command_id = check.openings(), check.command_id()
        check.bench.send(command_id, **values)
        # What is forged is best not answered at all; everything else is answered, so that one knows why.
        forged = bool(wrong.get("forged"))
        answered = check.bench.wait(
            lambda: bool(check.replies(command_id) or check.openings() - before),
            check.patience.answer_s / 3,
        )
        check.bench.wait(lambda: bool(check.openings() - before), check.patience.answer_s / 6)
        if check.openings() - before:
            return "A door opened."
        if not answered:
            return None if forged else "It did not answer `refused`."
        result = check.replies(command_id)[0].get("result")
        return None if result in ("refused", "failed") else f"It answered {result}."

    return refuses


def comes_back(check: Check) -> str | None:
    """When its connection is lost its will says so, and it comes back in another session, counted higher."""
    before, since = dict(check.greeting), check.bench.mark()
    check.bench.cut()

    def greetings(online: bool) -> list[dict[str, Any]]:
        return [i.body for i in check.bench.said("connection", since) if i.body.get("online") is online]

    came_back = check.bench.wait(lambda: bool(greetings(True)), check.patience.connect_s)
    if (before["session"], before["connect_count"]) not in [
        (body.get("session"), body.get("connect_count")) for body in greetings(False)
    ]:
        return "Its last will did not speak for the connection that was lost."
    if not came_back:
        return "It did not come back."
    after = greetings(True)[-1]
    if after.get("session") == before["session"]:
        return "It came back in the same session."
    if not after.get("connect_count", 0) > before["connect_count"]:
        return f"Its count went from {before['connect_count']} to {after.get('connect_count')}."
    return None


def counts_without_gaps(check: Check) -> str | None:
    """One counter runs over all that it reports, without a gap, and no number says two things."""
    bodies = [item.body for leaf in ("state", "event", "reply") for item in check.bench.said(leaf)]
    uncounted = [body for body in bodies if "boot_id" not in body or not isinstance(body.get("seq"), int)]
    if uncounted:
        return f"{len(uncounted)} reports carry no boot_id and seq."
    boots: dict[str, dict[int, str]] = {}
    for body in bodies:
        said = str(sorted((k, str(v)) for k, v in body.items() if k != "sent_at"))
        if boots.setdefault(str(body["boot_id"]), {}).setdefault(body["seq"], said) != said:
            return f"Number {body['seq']} was given to two different reports."
    if len(boots) != 1:
        return f"It renumbered: {len(boots)} boot_ids."
    (numbers,) = boots.values()
    missing = sorted(set(range(min(numbers), max(numbers) + 1)) - set(numbers))
    return f"Numbers {missing[:5]} never came." if missing else None


def is_readable(check: Check) -> str | None:
    """All that it says can be read by the server's own decoders."""
    reasons = check.bench.unreadable()
    return f"{len(reasons)} messages cannot be read: {reasons[0]}" if reasons else None


RULES: tuple[tuple[str, Callable[[Check], str | None]], ...] = (
    ("greets, retained, with a session", greets),
    ("reports its whole state", reports_state),
    ("sends again what is not acknowledged", sends_again),
    ("forgets what is acknowledged", forgets_what_is_acknowledged),
    ("executes a command once, and answers it", executes_once),
    ("refuses a stale command", _refuses(age_s=600.0)),
    ("refuses a command for another session", _refuses(session="another")),
    ("refuses a command that is not signed by the server", _refuses(forged=True)),
    ("refuses a command for a compartment it has not", _refuses(compartment="no-such")),
    ("refuses an action it does not know", _refuses(action="melt")),
    ("comes back after a lost connection, in another session", comes_back),
    ("counts without gaps", counts_without_gaps),
    ("can be read", is_readable),
)
"""The list: each rule in words, and what looks whether it is kept."""
