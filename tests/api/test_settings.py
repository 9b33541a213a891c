from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.settings import Settings, SettingsInvalid, load_settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    documented = dict(re.findall(r"^\| `FIELDSTOCK_(\w+)` \| (.*?) ?\|", PAGE.read_text(), re.M))
    known = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert documented.keys() == known.keys()
    for name, default in known.items():
        shown = "" if default in (None, "") else f"`{str(default).lower() if default is False else default}`"
        assert documented[name] == shown, name


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "many", "valid integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("TRUSTED_PROXIES", "-1", "greater than or equal to 0"),
        ("DETOUR_FACTOR", "0.5", "greater than or equal to 1"),
        ("SPEED_KMH", "fast", "valid number"),
        ("TRAVEL_CACHE_MB", "0", "greater than or equal to 1"),
        ("TIME_ZONE", "Europe/Nowhere", "a time zone such as Europe/Zurich"),
        ("SPEED_PROFILE", "no-such-file.json", "file"),
        ("DEMO", "maybe", "valid boolean"),
        ("PUBLIC_URL", "ftp://x", "http:// or https://"),
        ("TELEMETRY_URL", "influx", "http:// or https://"),
        ("BROKER_URL", "tcp://x", "mqtt:// or mqtts://"),
        ("BROKER_URL", "mqtt://x", "BROKER_AUTH"),
        ("BROKER_AUTH", "http", "BROKER_URL"),
        ("BROKER_AUTH", "magic", "files"),
        ("MQTT_TLS_PORT", "8883", "MQTT_TLS_CERT"),
        ("MQTT_TLS_CERT", "README.md", "belong together"),
        ("MQTT_CLIENT_CA", "README.md", "MQTT_TLS_PORT"),
        ("MQTT_CA", "no-such-file.pem", "file"),
        ("DATABASE_URL", "mysql://x", "postgresql:// or sqlite://"),
        ("TLS_CERT", "cert.pem", "belong together"),
        ("ACCESS_TOKEN_S", "1", "greater than or equal to 60"),
    ],
)
def test_bad_setting_is_named_with_its_fault(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(f"FIELDSTOCK_{name}", value)
    with pytest.raises(SettingsInvalid, match=re.escape(says)) as refusal:
        load_settings()
    assert "FIELDSTOCK_" in refusal.value.cause
