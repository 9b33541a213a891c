"""How every function of the kernel is compiled: without the interpreter lock, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """Return `function` compiled by numba at its first call, or taken from the cache on disk."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function))


def inlined(function: _F) -> _F:
    """Return `function` for use inside compiled ones."""
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy", inline="never")(function))
