"""Onboarding as people see it: links, QR codes on a page and in a terminal."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import segno

from api.onboarding import onboarding, onboarding_links, onboarding_text
from api.qr_code import qr_svg, qr_text
from api.settings import Settings
from mobile_contract.onboarding import TrackerApp
from tracking.identity.devices import DeviceKind

SECRET = "0123456789abcdef" * 2
PUBLIC = Settings(public_url="https://field.example", public_mqtt_url="mqtts://field.example:8883")


def test_a_courier_is_set_up_for_each_app_at_the_addresses_that_phones_see() -> None:
    view = onboarding("anna", DeviceKind.COURIER, SECRET, PUBLIC)
    assert [item.app for item in view.links] == list(TrackerApp)
    traccar = view.links[-1]
    assert traccar.link.startswith(f"https://field.example/ingest/osmand/{SECRET}?id=anna&")
    for item in view.links:
        assert ET.fromstring(item.qr_svg).tag == "svg"  # our own


def test_a_locker_has_nothing_to_scan() -> None:
    assert onboarding("locker-1", DeviceKind.LOCKER, SECRET, PUBLIC).links == []
    assert onboarding_text("locker-1", DeviceKind.LOCKER, SECRET, PUBLIC) == ""


def test_a_terminal_shows_links_and_codes_and_says_when_phones_cannot_reach_them() -> None:
    text = onboarding_text("anna", DeviceKind.COURIER, SECRET, PUBLIC, "sesame")
    links = onboarding_links("anna", DeviceKind.COURIER, SECRET, PUBLIC, "sesame")
    assert all(link in text for link in links.values())
    assert qr_text(links[TrackerApp.TRACCAR]) in text
    assert "FIELDSTOCK_PUBLIC_URL" not in text
    assert "FIELDSTOCK_PUBLIC_URL" in onboarding_text("anna", DeviceKind.COURIER, SECRET, Settings())


def test_a_code_holds_its_link_and_nothing_else() -> None:
    link = onboarding_links("anna", DeviceKind.COURIER, SECRET, PUBLIC)[TrackerApp.OWNTRACKS_MQTT]
    code = segno.make(link, error="l", micro=False)
    svg = ET.fromstring(qr_svg(link))  # our own
    width = code.symbol_size(border=2)[0]
    assert svg.attrib["viewBox"] == f"0 0 {width} {width}"
    assert len(qr_text(link).splitlines()) >= code.symbol_size()[0] // 2
