"""People who sign in, and their sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tracking.identity.roles import Role
from tracking.values.errors import FieldstockError, InvalidValue
from tracking.values.ids import checked_name


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a login; `courier_id` is set for people who drive."""

    login: str
    display_name: str
    role: Role
    password_hash: str
    courier_id: str | None
    added_at: datetime
    disabled_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_name(self.login, "login")
        if (self.role is Role.COURIER) != (self.courier_id is not None):
            raise InvalidValue("A person of the role courier drives as one courier, and nobody else does.")


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in on one device, kept alive by a refresh token that changes at every use.

    `token_sha256` is the digest of the token in force; `previous_sha256` of the one before it, whose
    answer may have been lost. The return of any other shows that a token was stolen.
    """

    session_id: str
    login: str
    token_sha256: str
    previous_sha256: str | None
    started_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def refreshed(self, used_sha256: str, token_sha256: str, at: datetime) -> Session:
        """Return the session with a new token in force, got for the token with `used_sha256`."""
        first_try = used_sha256 == self.token_sha256
        return replace(
            self,
            token_sha256=token_sha256,
            previous_sha256=used_sha256,
            refreshed_at=at if first_try else self.refreshed_at,
        )


@dataclass(frozen=True, slots=True)
class Throttle:
    """Sign-ins of one key (a login, or an address) in the running window that did not succeed, or not yet."""

    key: str
    failures: int
    window_ends_at: datetime


class SignInRefused(FieldstockError):
    """The name or the password is wrong, or the person is disabled: which, is not told."""

    code = "sign_in_refused"
    action = "Check name and password. An administrator can reset the password."


class SignInThrottled(FieldstockError):
    """Too many failed sign-ins."""

    code = "sign_in_throttled"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "Too many sign-ins failed for this name or from this address.",
            f"Try again in {retry_after_s} s.",
        )
        self.retry_after_s = retry_after_s


class SessionEnded(FieldstockError):
    """The refresh token is unknown, used, expired or revoked."""

    code = "session_ended"
    action = "Sign in again."


class NotAllowed(FieldstockError):
    """The caller is known, and may not do this."""

    code = "not_allowed"
    action = "Ask an administrator for a role that may do this."
