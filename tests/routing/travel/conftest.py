"""One real OSRM server for all tests of travel times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routing.travel import osrm_server


@pytest.fixture(scope="session")
def roads(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[str]:
    """The address of a server over the roads of Liechtenstein."""
    if not osrm_server.is_installed():
        pytest.skip("needs osrm-bindings, which has wheels from Python 3.12 on")
    base = osrm_server.prepare(shared / "liechtenstein.osm.pbf", tmp_path_factory.mktemp("osrm"))
    with osrm_server.running(base) as url:
        yield url
