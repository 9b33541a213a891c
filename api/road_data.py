"""Prepares roads for OSRM from an OpenStreetMap extract, and finds what was prepared.

`DATA_DIR/roads` holds one folder for each import, `current` with the name of the newest one, and
`server.json`, in which the server that runs tells where it listens.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from api.settings import Settings
from tracking.values.errors import FieldstockError

PREPARE_S = 6 * 3600.0
"""How long one step of the preparation may take: large extracts take their time."""
_BASE = "region"


class RoadsUnprepared(FieldstockError):
    """OSRM could not make roads of an extract."""

    code = "roads_unprepared"
    action = "Check that the extract covers roads, and that memory and disk suffice; then import it again."


class OsrmMissing(FieldstockError):
    """OSRM is not installed."""

    code = "osrm_missing"
    action = "Install osrm-bindings (it has wheels for Python 3.12 and newer), or set FIELDSTOCK_OSRM_URL."


@dataclass(frozen=True, slots=True)
class OsrmTools:
    """The programs of the package osrm-bindings."""

    folder: Path

    @property
    def car_profile(self) -> Path:
        """How cars drive."""
        return self.folder / "share" / "profiles" / "car.lua"

    def program(self, name: str) -> Path:
        """Return where a program lies."""
        return self.folder / "bin" / name


@dataclass(frozen=True, slots=True)
class PreparedRoads:
    """One import: its name, and the path that OSRM's programs take."""

    name: str
    base: Path


def osrm_tools() -> OsrmTools | None:
    """Return OSRM's programs, or None where they are not installed."""
    spec = find_spec("osrm")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        tools = OsrmTools(Path(folder))
        if tools.program("osrm-routed").is_file() and tools.car_profile.is_file():
            return tools
    return None


def roads_folder(settings: Settings) -> Path:
    """Return where road data lies."""
    return settings.data_dir / "roads"


def server_file(settings: Settings) -> Path:
    """Return the file in which the server tells where it listens."""
    return roads_folder(settings) / "server.json"


def prepared_roads(settings: Settings) -> PreparedRoads | None:
    """Return the newest import, or None."""
    folder = roads_folder(settings)
    try:
        name = (folder / "current").read_text().strip()
    except OSError:
        return None
    base = folder / name / f"{_BASE}.osrm"
    return PreparedRoads(name, base) if name and any(base.parent.glob(f"{_BASE}.osrm*")) else None


def serves_roads(settings: Settings) -> bool:
    """Tell whether this machine runs an OSRM server of its own."""
    return settings.osrm_url is None and prepared_roads(settings) is not None and osrm_tools() is not None


def prepare_roads(file: Path, settings: Settings, progress: Callable[[str], None]) -> str:
    """Prepare the roads of an extract and make them current; return a sentence about it.

    Raises `OsrmMissing` and `RoadsUnprepared`, and then leaves an earlier import as it was.
    """
    tools = osrm_tools()
    if tools is None:
        raise OsrmMissing("The programs of OSRM are not installed.")
    folder = roads_folder(settings)
    name = uuid.uuid4().hex
    draft = folder / f"{name}.draft"
    draft.mkdir(parents=True)
    try:
        extract = draft / f"{_BASE}.osm.pbf"
        extract.symlink_to(file.resolve())
        progress("roads: reading them for OSRM")
        _run(tools, "osrm-extract", "-p", str(tools.car_profile), str(extract))
        progress("roads: working out shortcuts")
        _run(tools, "osrm-contract", str(draft / f"{_BASE}.osrm"))
        extract.unlink()
        draft.rename(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _make_current(folder, name)
    return f"roads for travel times prepared in {folder / name}"


def _run(tools: OsrmTools, program: str, *words: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            [str(tools.program(program)), *words],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PREPARE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RoadsUnprepared(f"{program}: {error}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
        raise RoadsUnprepared(f"{program} ended with exit code {done.returncode}: {said[0]}")


def _make_current(folder: Path, name: str) -> None:
    """Point at the new import, and remove the ones before: a server that runs holds its own in memory."""
    draft = folder / "current.draft"
    draft.write_text(name)
    draft.replace(folder / "current")
    for other in folder.iterdir():
        if other.is_dir() and other.name != name:
            shutil.rmtree(other, ignore_errors=True)
