"""An API on a small world, new for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api_server import Api, start_api


@pytest.fixture
def api(tmp_path: Path) -> Api:
    return start_api(tmp_path / "var")
