"""Where the planner's travel times come from: the composition of all that `routing.travel` offers."""

from __future__ import annotations

from dataclasses import dataclass
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
from routing.travel.profile import ProfiledTravelTimes, SpeedProfile, zone_named

TABLE_POINTS = 1000
"""One request of so many points takes OSRM about a second: far from any time limit."""
ATTEMPTS = 2
RETRY_S = 30.0


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


def travelling(settings: Settings, retry_s: float = RETRY_S) -> Travelling:
    """Return the planner's travel times: roads where there are any, else great circles.

    The profile and what was learned correct whichever of the two is meant to be used; while roads are
    away, plain great circles stand in, and roads are asked again after `retry_s`. Raises `ProfileInvalid`.
    """
    zone = zone_named(settings.time_zone)
    learned = LearnedTravelTimes(uncorrected(settings), LearnedSpeeds(zone))
    if not has_roads(settings):
        return Travelling(learned, learned, None, zone)
    fallback = FallbackTravelTimes(learned, _great_circles(settings), retry_s)
    return Travelling(fallback, learned, fallback, zone)


def uncorrected(settings: Settings) -> TravelTimes:
    """Return what is predicted before anything was learned. Raises `ProfileInvalid`."""
    zone = zone_named(settings.time_zone)
    path = settings.speed_profile
    profile = SpeedProfile.flat(zone) if path is None else SpeedProfile.read(path, zone)
    source = _roads(settings) if has_roads(settings) else _great_circles(settings)
    return ProfiledTravelTimes(source, profile)


def has_roads(settings: Settings) -> bool:
    """Tell whether road times are to be had: from a server elsewhere, or from roads that were imported."""
    return settings.osrm_url is not None or serves_roads(settings)


def _roads(settings: Settings) -> TravelTimes:
    if settings.osrm_url is not None:
        osrm = OsrmSettings(settings.osrm_url, attempts=ATTEMPTS, table_points=TABLE_POINTS)
        return CachedTravelTimes(OsrmTravelTimes(osrm), CacheSettings(settings.travel_cache_mb))
    osrm = OsrmSettings("http://127.0.0.1", attempts=ATTEMPTS, table_points=TABLE_POINTS)
    local = LocalOsrmTravelTimes(server_file(settings), osrm)
    by_roads = CacheSettings(settings.travel_cache_mb, bucket=lambda _: local.roads())
    return CachedTravelTimes(local, by_roads)


def _great_circles(settings: Settings) -> TravelTimes:
    geodesic = GeodesicSettings(settings.detour_factor, settings.speed_kmh / 3.6)
    return CachedTravelTimes(GeodesicTravelTimes(geodesic), CacheSettings(settings.travel_cache_mb))
