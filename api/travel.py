"""Where the planner's travel times come from: the composition of all that `routing.travel` offers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from api.road_data import server_file, serves_roads
from api.settings import Settings
from routing.travel.cached import CachedTravelTimes, CacheSettings
from routing.travel.fallback import FallbackTravelTimes
from routing.travel.geodesic import GeodesicSettings, GeodesicTravelTimes
from routing.travel.learned import LearnedSpeeds, LearnedTravelTimes
from routing.travel.local import LocalOsrmTravelTimes
from routing.travel.osrm import OsrmSettings, OsrmTravelTimes
from routing.travel.port import TravelTimes
from routing.travel.profile import ProfiledTravelTimes, SpeedProfile, hour_of_week, zone_named

TABLE_POINTS = 1000
"""One request of so many points takes OSRM about a second: far from any time limit."""
ATTEMPTS = 2
LEARNING_MB = 16
"""What learning, which asks about the same places again and again, keeps."""


@dataclass(frozen=True)
class Travelling:
    """`times` is what the planner asks; `learned` what learning corrects; `fallback` is there with roads."""

    times: TravelTimes
    learned: LearnedTravelTimes
    fallback: FallbackTravelTimes | None
    zone: ZoneInfo

    def fault(self) -> str | None:
        """Return why great circles are used instead of roads, None while they are not."""
        if self.fallback is None or self.fallback.fault is None:
            return None
        return f"great circles instead of roads: {self.fallback.fault}"


def travelling(settings: Settings) -> Travelling:
    """Return the planner's travel times: roads where there are any, else great circles.

    The profile and what was learned correct whichever of the two is meant to be used; while roads are
    away, plain great circles stand in. Raises `ProfileInvalid`.
    """
    zone = zone_named(settings.time_zone)
    roads = _Roads(settings) if has_roads(settings) else None
    # With roads, one half keeps what they are, which costs requests, and the other what they are now.
    kept_mb = settings.travel_cache_mb if roads is None else max(1, settings.travel_cache_mb // 2)
    source = _great_circles(settings) if roads is None else roads.times(kept_mb)
    learned = LearnedTravelTimes(_profiled(settings, source), LearnedSpeeds(zone))

    def bucket(at: datetime | None) -> Hashable:
        hour = None if at is None else hour_of_week(at, zone)
        return hour, learned.revision, None if roads is None else roads.version()

    times = CachedTravelTimes(learned, CacheSettings(kept_mb, bucket))
    if roads is None:
        return Travelling(times, learned, None, zone)
    fallback = FallbackTravelTimes(times, _great_circles(settings))
    return Travelling(fallback, learned, fallback, zone)


def uncorrected(settings: Settings) -> TravelTimes:
    """Return what is predicted before anything was learned. Raises `ProfileInvalid`."""
    source = _Roads(settings).times(LEARNING_MB) if has_roads(settings) else _great_circles(settings)
    return _profiled(settings, source)


def has_roads(settings: Settings) -> bool:
    """Tell whether road times are to be had: from a server elsewhere, or from roads that were imported."""
    return settings.osrm_url is not None or serves_roads(settings)


class _Roads:
    """The OSRM server that is used: one elsewhere, or this machine's own over the roads of an import."""

    def __init__(self, settings: Settings) -> None:
        url = settings.osrm_url or "http://127.0.0.1"
        osrm = OsrmSettings(url, attempts=ATTEMPTS, table_points=TABLE_POINTS)
        self._local = None if settings.osrm_url else LocalOsrmTravelTimes(server_file(settings), osrm)
        self._times: TravelTimes = self._local or OsrmTravelTimes(osrm)

    def times(self, kept_mb: int) -> TravelTimes:
        """Return its times, as many kept as fit."""
        return CachedTravelTimes(self._times, CacheSettings(kept_mb, lambda _: self.version()))

    def version(self) -> str | None:
        """Return what changes with the roads, as far as we know."""
        return None if self._local is None else self._local.roads()


def _profiled(settings: Settings, source: TravelTimes) -> TravelTimes:
    zone, path = zone_named(settings.time_zone), settings.speed_profile
    profile = SpeedProfile.flat(zone) if path is None else SpeedProfile.read(path, zone)
    return ProfiledTravelTimes(source, profile)


def _great_circles(settings: Settings) -> TravelTimes:
    return GeodesicTravelTimes(GeodesicSettings(settings.detour_factor, settings.speed_kmh / 3.6))
