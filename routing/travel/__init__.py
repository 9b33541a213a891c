"""Travel times and distances: the port, and what implements it."""

from routing.travel.cached import CachedTravelTimes, CacheSettings
from routing.travel.geodesic import Area, GeodesicSettings, GeodesicTravelTimes
from routing.travel.learned import LearnedSpeeds, LearnedTravelTimes, ObservedLeg, learn_speeds
from routing.travel.matrix import UNREACHABLE, Table, Travel
from routing.travel.osrm import OsrmSettings, OsrmTravelTimes, TravelUnavailable
from routing.travel.port import TravelTimes
from routing.travel.profile import ProfiledTravelTimes, SpeedProfile
from routing.travel.unreachable import PlacesUnreachable, Unreachable, unreachable

__all__ = [
    "UNREACHABLE",
    "Area",
    "CacheSettings",
    "CachedTravelTimes",
    "GeodesicSettings",
    "GeodesicTravelTimes",
    "LearnedSpeeds",
    "LearnedTravelTimes",
    "ObservedLeg",
    "OsrmSettings",
    "OsrmTravelTimes",
    "PlacesUnreachable",
    "ProfiledTravelTimes",
    "SpeedProfile",
    "Table",
    "Travel",
    "TravelTimes",
    "TravelUnavailable",
    "Unreachable",
    "learn_speeds",
    "unreachable",
]
