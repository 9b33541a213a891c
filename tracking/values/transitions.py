"""Transition tables: which state may follow which, and the refusal that names both."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from tracking.values.errors import TransitionRefused

State = TypeVar("State", bound=StrEnum)


def check_transition(
    table: Mapping[State, frozenset[State]], kind: str, identifier: str, state: State, wish: State
) -> None:
    """Raise `TransitionRefused`, naming state, wish and what is allowed, unless `table` allows it."""
    if wish not in table[state]:
        raise TransitionRefused(kind, identifier, state, wish, [str(allowed) for allowed in table[state]])
