"""The base of every domain error: a stable code, a cause and an action a person can take."""

from __future__ import annotations

from typing import ClassVar


class FieldstockError(Exception):
    """An operation that was refused, with its reason.

    `code` is stable and part of the public contract; `cause` says what is wrong in this case;
    `action` says what the caller can do about it. Subclasses set `code` and may set `action`.
    """

    code: ClassVar[str] = "internal"
    action: str = "Report this to the operator of the system."

    def __init__(self, cause: str, action: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        if action is not None:
            self.action = action


class InvalidValue(FieldstockError, ValueError):
    """A value outside its documented range; `path` names the field of the request where one is known."""

    code = "invalid_value"
    action = "Correct the value and send it again."

    def __init__(self, cause: str, action: str | None = None, *, path: str | None = None) -> None:
        super().__init__(cause, action)
        self.path = path


class NotFound(FieldstockError):
    """Something that was named does not exist."""

    code = "not_found"
    action = "Check the identifier."

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"There is no {kind} {identifier!r}.")
        self.kind = kind
        self.identifier = identifier


class AlreadyExists(FieldstockError):
    """Something with this identifier exists already."""

    code = "already_exists"
    action = "Choose another identifier, or change what exists."


class TransitionRefused(FieldstockError):
    """A change of state that the transition table does not allow."""

    code = "transition_refused"

    def __init__(self, kind: str, identifier: str, state: str, wish: str, allowed: list[str]) -> None:
        options = ", ".join(sorted(allowed)) or "nothing: this state is final"
        super().__init__(
            f"{kind} {identifier} is {state} and cannot become {wish}.",
            f"From {state} it can become: {options}.",
        )
        self.state = state
        self.wish = wish
        self.allowed = allowed


class Conflict(FieldstockError):
    """The thing changed since the caller last read it."""

    code = "conflict"
    action = "Read it again and decide anew."


class LeaseLost(FieldstockError):
    """Another process holds the lease by now."""

    code = "lease_lost"
    action = "Nothing: the holder goes on with the work."
