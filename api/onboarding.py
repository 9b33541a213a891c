"""Setting a phone up: the links and QR codes that go with a new secret."""

from __future__ import annotations

from api.qr_code import qr_svg, qr_text
from api.settings import Settings
from device_gateway.protocol.onboarding import Phone, owntracks_http_link, owntracks_mqtt_link, traccar_link
from mobile_contract.onboarding import OnboardingLink, OnboardingView, TrackerApp
from tracking.identity.devices import DeviceKind

TITLES = {
    TrackerApp.OWNTRACKS_MQTT: "OwnTracks over MQTT",
    TrackerApp.OWNTRACKS_HTTP: "OwnTracks over HTTPS",
    TrackerApp.TRACCAR: "Traccar Client",
}
IN_TERMINAL = (TrackerApp.OWNTRACKS_MQTT, TrackerApp.TRACCAR)
"""The apps whose QR codes a terminal shows: one each."""
_LOOPBACK = ("127.", "localhost", "[::1]")


def onboarding(
    device_id: str, kind: DeviceKind, secret: str, settings: Settings, encryption_key: str | None = None
) -> OnboardingView:
    """Return how to set a device up whose secret was just made."""
    links = [
        OnboardingLink(app=app, title=TITLES[app], link=link, qr_svg=qr_svg(link))
        for app, link in onboarding_links(device_id, kind, secret, settings, encryption_key).items()
    ]
    return OnboardingView(device_id=device_id, links=links)


def onboarding_text(
    device_id: str, kind: DeviceKind, secret: str, settings: Settings, encryption_key: str | None = None
) -> str:
    """Return the same for a terminal; empty for a locker."""
    links = onboarding_links(device_id, kind, secret, settings, encryption_key)
    lines: list[str] = []
    for app, link in links.items():
        lines += [f"{TITLES[app]}: open on the phone, or read with its camera:", link]
        lines += [qr_text(link)] if app in IN_TERMINAL else []
    hosts = [url.partition("://")[2] for url in (settings.base_url, settings.mqtt_url)]
    if links and any(host.startswith(_LOOPBACK) for host in hosts):
        lines.append(
            "These addresses lead to this machine alone: set FIELDSTOCK_PUBLIC_URL and"
            " FIELDSTOCK_PUBLIC_MQTT_URL to those that phones see."
        )
    return "\n".join(lines)


def onboarding_links(
    device_id: str, kind: DeviceKind, secret: str, settings: Settings, encryption_key: str | None = None
) -> dict[TrackerApp, str]:
    """Return the link for each app; none for a locker."""
    if kind is not DeviceKind.COURIER:
        return {}
    phone = Phone(device_id, secret, encryption_key)
    return {
        TrackerApp.OWNTRACKS_MQTT: owntracks_mqtt_link(phone, settings.mqtt_url),
        TrackerApp.OWNTRACKS_HTTP: owntracks_http_link(phone, settings.base_url),
        TrackerApp.TRACCAR: traccar_link(phone, settings.base_url),
    }
