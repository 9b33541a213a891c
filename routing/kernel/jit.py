"""How every function of the kernel is compiled: without the interpreter lock, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])

OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
"""Without numba's runtime (`_nrt`) arrays are not counted at every look into a tuple of them, which took four
fifths of the time; in return no function here may make an array."""


def compiled(function: _F) -> _F:
    """Return `function` compiled by numba at its first call, or taken from the cache on disk."""
    return cast("_F", numba.njit(**OPTIONS)(function))
