"""The roads process: an OSRM server on this machine alone, over the roads that were imported."""

from __future__ import annotations

import os
import socket

from api.road_data import OsrmMissing, osrm_tools, prepared_roads, server_file
from api.settings import Settings
from routing.travel.local import LocalServer
from tracking.values.errors import FieldstockError

LOCAL = "127.0.0.1"
MAX_TABLE_SIZE = 10_000
MAX_MATCHING_SIZE = 1_000


class NoRoads(FieldstockError):
    """No roads were imported."""

    code = "no_roads"
    action = "Import an extract first: fieldstock map import FILE.osm.pbf."


def exec_osrm(settings: Settings) -> None:
    """Tell where the server will listen, and become it. Raises `NoRoads` and `OsrmMissing`."""
    roads, tools = prepared_roads(settings), osrm_tools()
    if roads is None:
        raise NoRoads(f"There are no roads in {settings.data_dir}.")
    if tools is None:
        raise OsrmMissing("The programs of OSRM are not installed.")
    port = _free_port()
    LocalServer(f"http://{LOCAL}:{port}", roads.name).write(server_file(settings))
    program = str(tools.program("osrm-routed"))
    where = ["--ip", LOCAL, "--port", str(port)]
    bounds = ["--max-table-size", str(MAX_TABLE_SIZE), "--max-matching-size", str(MAX_MATCHING_SIZE)]
    # A planner keeps its connection open from one round to the next.
    how = ["--threads", "1", "--keepalive-timeout", "60", "--verbosity", "WARNING"]
    os.execv(program, [program, *where, *bounds, *how, str(roads.base)])  # noqa: S606


def _free_port() -> int:
    """Return a port that is free now; who takes it meanwhile makes the server end, and start on another."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])
