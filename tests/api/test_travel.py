"""Road times of this machine: imported, served, used by the planner, and done without when they are away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.cli.processes import children_of
from api.processes.learning import Learner
from api.processes.process import Health, serve_health
from api.processes.roads import NoRoads, exec_osrm
from api.road_data import RoadsUnprepared, osrm_tools, prepare_roads, prepared_roads, serves_roads
from api.settings import Settings
from api.travel import travelling, uncorrected
from routing.dispatch.lessons import SERVICE_S
from routing.spread import Spread
from routing.travel.geodesic import GeodesicSettings, GeodesicTravelTimes
from routing.travel.profile import ProfileInvalid
from tests.ports import free_port
from tests.world import BUCHS, NOW, VADUZ, build_world
from tracking.fleet.stops import StepKind
from tracking.fleet.visits import Visit
from tracking.store.unit_of_work import Store
from tracking.values.coordinates import Coordinate
from tracking.values.times import system_clock

ROOT = Path(__file__).resolve().parents[2]
PAIR = [VADUZ, Coordinate(47.1650, 9.5087)]
CIRCLES = GeodesicTravelTimes(GeodesicSettings(1.35, 50 / 3.6)).matrix(PAIR)


@pytest.fixture(scope="module")
def map_import(
    tmp_path_factory: pytest.TempPathFactory, shared: Path
) -> tuple[Settings, subprocess.CompletedProcess[str]]:
    """A data folder with Liechtenstein's map and roads, imported as a person does it, and what was said."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", "map", "import", str(shared / "liechtenstein.osm.pbf")],
        cwd=ROOT,
        env=_environment(settings),
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    return settings, done


@pytest.fixture
def imported(map_import: tuple[Settings, subprocess.CompletedProcess[str]]) -> Settings:
    """A data folder with imported roads."""
    if osrm_tools() is None:
        pytest.skip("needs osrm-bindings, which has wheels from Python 3.12 on")
    return map_import[0]


def _environment(settings: Settings) -> dict[str, str]:
    return os.environ | {"FIELDSTOCK_DATA_DIR": str(settings.data_dir)}


def _start_roads(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    told = settings.data_dir / "roads" / "server.json"
    told.unlink(missing_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "roads"], cwd=ROOT, env=_environment(settings)
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None
        try:
            httpx.get(json.loads(told.read_text())["url"], timeout=1)
        except (OSError, ValueError, httpx.TransportError):
            time.sleep(0.05)
        else:
            return server
    server.kill()
    raise AssertionError("osrm-routed did not answer")


@pytest.mark.shared
def test_map_and_roads_are_imported_from_an_extract(
    map_import: tuple[Settings, subprocess.CompletedProcess[str]],
) -> None:
    settings, done = map_import
    assert "roads imported" in done.stdout
    described = json.loads((settings.data_dir / "map" / "map.json").read_text())
    assert described["outline"]["geometry"]["type"] == "MultiPolygon"
    assert "OpenStreetMap" in described["attribution"]
    with_osrm = osrm_tools() is not None
    says = "roads for travel times prepared" if with_osrm else "no road travel times: OSRM is not installed"
    assert says in done.stdout
    assert serves_roads(settings) == with_osrm


@pytest.mark.shared
def test_the_planner_drives_on_imported_roads_and_on_great_circles_while_they_are_away(
    imported: Settings,
) -> None:
    travel = travelling(imported)
    server = _start_roads(imported)
    try:
        by_road = travel.times.matrix(PAIR)
        assert by_road != CIRCLES
        assert travel.fault() is None
    finally:
        server.kill()
        server.wait(10)
    assert travel.times.matrix(PAIR) == by_road  # known pairs need no server
    longer = [*PAIR, Coordinate(47.0653, 9.5027)]
    assert travel.times.matrix(longer).duration_s[0, 1] == CIRCLES.duration_s[0, 1]
    assert "great circles instead of roads" in str(travel.fault())
    server = _start_roads(imported)  # on another port
    try:
        deadline = time.monotonic() + 20
        while travel.times.matrix(longer).duration_s[0, 1] != by_road.duration_s[0, 1]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert travel.fault() is None
    finally:
        server.terminate()
        assert server.wait(10) in (0, -15)


@pytest.mark.shared
def test_the_server_of_imported_roads_is_run_with_all_the_rest(imported: Settings) -> None:
    assert [child.name for child in children_of(imported)][:3] == ["broker", "roads", "worker"]
    elsewhere = imported.model_copy(update={"osrm_url": "http://127.0.0.1:5000"})
    assert "roads" not in [child.name for child in children_of(elsewhere)]


@pytest.mark.shared
def test_an_import_that_fails_leaves_the_earlier_roads(imported: Settings, tmp_path: Path) -> None:
    before, broken = prepared_roads(imported), tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no extract")
    with pytest.raises(RoadsUnprepared, match="osrm-extract"):
        prepare_roads(broken, imported, lambda _: None)
    assert prepared_roads(imported) == before
    assert not list((imported.data_dir / "roads").glob("*.draft"))


def test_without_imported_roads_nothing_is_served(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert not serves_roads(settings)
    assert "roads" not in [child.name for child in children_of(settings)]
    assert travelling(settings).times.matrix(PAIR) == CIRCLES
    with pytest.raises(NoRoads):
        exec_osrm(settings)


def test_a_server_elsewhere_that_is_away_never_stops_the_planner(tmp_path: Path) -> None:
    travel = travelling(Settings(data_dir=tmp_path, osrm_url=f"http://127.0.0.1:{free_port()}"))
    assert travel.times.matrix(PAIR) == CIRCLES
    assert "did not answer" in str(travel.fault())


def test_what_does_not_work_as_it_should_is_told_by_a_healthy_process() -> None:
    port = serve_health("127.0.0.1", 0, Health(note=lambda: "great circles instead of roads"))
    answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
    assert (answer.status_code, answer.text) == (200, "ok; great circles instead of roads")


def test_a_profile_slows_the_planner_s_travel_times_by_local_hour(tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps({"workday": [1] * 10 + [2] + [1] * 13}))
    travel = travelling(Settings(data_dir=tmp_path, time_zone="Europe/Zurich", speed_profile=profile))
    assert travel.times.matrix(PAIR, NOW).duration_s[0, 1] == 2 * CIRCLES.duration_s[0, 1]
    assert travel.times.matrix(PAIR, NOW + timedelta(hours=1)) == CIRCLES
    profile.write_text("[]")
    with pytest.raises(ProfileInvalid):
        travelling(Settings(data_dir=tmp_path, speed_profile=profile))


def test_the_planner_learns_from_visits_and_unlearns_what_is_erased(
    sqlite_store: Store, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    travel = travelling(settings)
    expected_s = int(travel.times.matrix([VADUZ, BUCHS], NOW).duration_s[0, 1])
    with sqlite_store.writing() as uow:
        build_world(uow)
        for day in range(1, 28):
            left = NOW - timedelta(days=day)
            there = left + timedelta(seconds=expected_s * 1.5)
            uow.visits.add(Visit(f"a{day}", "anna", "depot", left - timedelta(minutes=9), left))
            uow.visits.add(Visit(f"b{day}", "anna", "hospital", there, there + timedelta(minutes=5)))
        uow.commit()
    learner = Learner(sqlite_store, travel, uncorrected(settings), SERVICE_S, system_clock, threading.Event())
    learner.learn(NOW)
    slower_s = int(travel.times.matrix([VADUZ, BUCHS], NOW).duration_s[0, 1])
    assert 1.2 * expected_s < slower_s < 1.5 * expected_s
    assert learner.spread == Spread()  # of too few legs no spread is learned
    assert learner.services.service_s(StepKind.DELIVERY, "hospital") == SERVICE_S[StepKind.DELIVERY]
    with sqlite_store.writing() as uow:
        for visit in uow.visits.find():
            uow.visits.remove(visit.visit_id)
        uow.commit()
    learner.learn(NOW)
    assert travel.times.matrix([VADUZ, BUCHS], NOW).duration_s[0, 1] == expected_s


def test_a_learner_that_cannot_read_the_store_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    settings, stop = Settings(data_dir=tmp_path), threading.Event()
    away = Store(f"postgresql://postgres@127.0.0.1:{free_port()}/none", b"key")
    learner = Learner(away, travelling(settings), uncorrected(settings), SERVICE_S, system_clock, stop)
    learner.start()
    time.sleep(0.3)
    assert learner.is_alive()
    stop.set()
    learner.join(20)
    assert not learner.is_alive()
