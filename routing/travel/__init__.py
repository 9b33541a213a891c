"""Travel times and distances: the port, and what implements it."""

from routing.travel.geodesic import Area, GeodesicSettings, GeodesicTravelTimes
from routing.travel.matrix import UNREACHABLE, Travel
from routing.travel.osrm import OsrmSettings, OsrmTravelTimes, TravelUnavailable
from routing.travel.port import TravelTimes

__all__ = [
    "UNREACHABLE",
    "Area",
    "GeodesicSettings",
    "GeodesicTravelTimes",
    "OsrmSettings",
    "OsrmTravelTimes",
    "Travel",
    "TravelTimes",
    "TravelUnavailable",
]
