"""The one place that chooses a SQLite library: pysqlite3's current one, else Python's own.

Before 3.51.3 a reset of the write-ahead log can corrupt a file that several connections write and
checkpoint at once, and the journal is such a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as sqlite
else:
    try:
        import pysqlite3.dbapi2 as sqlite
    except ImportError:  # no wheel for this platform
        import sqlite3 as sqlite

SAFE_VERSION = (3, 51, 3)
"""The first release without the write-ahead log reset bug."""


def library_is_safe() -> bool:
    """Tell whether the library in use may be written by several processes without that bug."""
    return sqlite.sqlite_version_info >= SAFE_VERSION


__all__ = ["SAFE_VERSION", "library_is_safe", "sqlite"]
