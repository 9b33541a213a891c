"""How a courier's phone is set up as a tracker."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from mobile_contract.common import Answer


class TrackerApp(StrEnum):
    """An app that can be a courier's tracker, and how it reaches the server."""

    OWNTRACKS_MQTT = "owntracks_mqtt"
    OWNTRACKS_HTTP = "owntracks_http"
    TRACCAR = "traccar"


class OnboardingLink(Answer):
    """What sets up one app: opened on the phone, or read by its camera."""

    app: TrackerApp
    title: str
    link: str = Field(description="Holds the device's secret; it is shown once.")
    qr_svg: str = Field(description="The link as a QR code: an SVG element.")


class OnboardingView(Answer):
    """The ways to set up a device; none for a locker."""

    device_id: str
    links: list[OnboardingLink]
