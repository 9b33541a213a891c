"""The settings of a process: environment variables `FIELDSTOCK_*`, read once, then frozen.

`docs/settings.md` says the same for people; a test holds the two together.
"""

from __future__ import annotations

from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, FilePath, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.mail_client import MailServer
from tracking.values.errors import FieldstockError


class SettingsInvalid(FieldstockError):
    """A setting cannot be used."""

    code = "settings_invalid"
    action = "Correct the environment variable; docs/settings.md lists all of them."


class BrokerAuth(StrEnum):
    """Where a broker keeps who may connect."""

    FILES = "files"
    DYNAMIC_SECURITY = "dynamic-security"
    HTTP = "http"


class Settings(BaseSettings):
    """Everything that can be set, with its unit; every setting has a default that is safe on one machine."""

    model_config = SettingsConfigDict(env_prefix="FIELDSTOCK_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Folder of databases, journals, logs and secrets.")
    bind: str = Field("127.0.0.1", description="Address that HTTP and MQTT listen on.")
    port: int = Field(8000, ge=1, le=65535, description="TCP port of the HTTP API and the pages.")
    mqtt_port: int = Field(1883, ge=1, le=65535, description="TCP port of the broker that we start.")
    health_port: int = Field(
        8001,
        ge=1,
        le=65490,
        description="First TCP port for health: broker, gateway, planner, worker, fold, more of them.",
    )
    planners: int = Field(
        1, ge=1, le=16, description="Planner processes that share the regions on this machine."
    )
    gateways: int = Field(
        1, ge=1, le=16, description="Gateway processes that share the hearing on this machine."
    )
    journal_max_mb: int = Field(
        20_000,
        ge=1,
        description="Size in MB at which the journal takes nothing more; devices keep theirs.",
    )
    public_url: str | None = Field(None, description="Address of the HTTP API as phones see it.")
    public_mqtt_url: str | None = Field(None, description="Address of the broker as devices see it.")
    broker_url: str | None = Field(
        None, description="An MQTT 5 broker to use instead of our own: mqtt://user:password@host:port."
    )
    broker_auth: BrokerAuth | None = Field(
        None,
        description="Where a broker at BROKER_URL keeps accounts: dynamic-security or http; our own: files.",
    )
    mqtt_ca: FilePath | None = Field(
        None, description="PEM file of who signs the broker's certificate; else whom the system trusts."
    )
    mqtt_tls_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="TCP port of our broker's TLS listener, 0 for none; MQTT_PORT is then local.",
    )
    mqtt_tls_cert: FilePath | None = Field(
        None, description="PEM file with the broker's certificate chain, where it is not TLS_CERT."
    )
    mqtt_tls_key: FilePath | None = Field(None, description="PEM file with the private key to it.")
    mqtt_client_ca: FilePath | None = Field(
        None, description="PEM file of who signs devices' certificates: the TLS listener then asks for one."
    )
    tls_cert: Path | None = Field(None, description="PEM file with the certificate chain of the HTTP API.")
    tls_key: Path | None = Field(None, description="PEM file with the private key to it.")
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="Number of reverse proxies in front of us whose X-Forwarded-* we believe."
    )
    database_url: str | None = Field(
        None, description="postgresql://... where one machine is outgrown; else SQLite in the data folder."
    )
    telemetry_url: str | None = Field(
        None, description="InfluxDB: http://user:password@host:8086/database; else SQLite."
    )
    osrm_url: str | None = Field(
        None, description="OSRM server for road travel times; else imported roads, else great circles."
    )
    travel_cache_mb: int = Field(
        64, ge=1, le=16_384, description="Memory in MB for known travel times: 8 B for each pair of places."
    )
    time_zone: str = Field("UTC", description="Time zone of the region (IANA), for hours of the day.")
    speed_profile: FilePath | None = Field(
        None, description="JSON file of factors on travel times, by class of days and hour; else none."
    )
    detour_factor: float = Field(1.35, ge=1, le=3, description="Road distance over great-circle distance.")
    speed_kmh: float = Field(50, ge=5, le=130, description="Mean driving speed in km/h without OSRM.")
    webhook_private: bool = Field(
        False, description="Whether webhooks may be sent into private networks, and by plain HTTP."
    )
    mail_url: str | None = Field(
        None, description="SMTP server for alerts: smtp://user:password@host:587, or smtps://."
    )
    mail_from: str = Field("", description="The sender of mails: Fieldstock <dispatch@example.com>.")
    mail_to: str = Field("", description="Who is told of alerts by mail, separated by commas.")
    mail_all_alerts: bool = Field(False, description="Whether alerts of other things than orders are mailed.")
    gs1_company_prefix: str = Field(
        "",
        pattern=r"^(\d{4,12})?$",
        description="GS1 company prefix, 4 to 12 digits: labels then carry an SSCC.",
    )
    tile_url: str | None = Field(
        None, description="Raster tiles of an online map, {z}/{x}/{y}; else the local base map."
    )
    tile_attribution: str = Field("", description="The attribution that the tiles' owner asks for.")
    access_token_s: int = Field(900, ge=60, le=86_400, description="Life of an access token, in s.")
    event_retention_days: int = Field(7, ge=1, le=365, description="Days that events can be resumed from.")
    audit_retention_days: int = Field(730, ge=1, le=36_500, description="Days that the audit log is kept.")
    silent_after_s: int = Field(
        300, ge=30, le=86_400, description="Silence of a tracker on duty that raises an alert, in s."
    )
    fix_retention_days: int = Field(60, ge=1, le=3_650, description="Days that raw fixes are kept.")
    trip_retention_days: int = Field(
        730, ge=1, le=36_500, description="Days that trip summaries and visits are kept."
    )
    demo: bool = Field(False, description="Fill an empty data folder with a sample region, and move it.")

    @field_validator("public_url", "osrm_url", "telemetry_url", "tile_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("broker_url", "public_mqtt_url")
    @classmethod
    def _mqtt(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("mqtt", "mqtts"):
            raise ValueError("must start with mqtt:// or mqtts://")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("postgresql", "sqlite"):
            raise ValueError("must start with postgresql:// or sqlite://")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail(cls, value: str | None) -> str | None:
        if value is not None:
            MailServer.parse(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a time zone such as Europe/Zurich") from error
        return value

    @model_validator(mode="after")
    def _tls(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("TLS_CERT and TLS_KEY belong together: set both or neither")
        return self

    @model_validator(mode="after")
    def _accounts(self) -> Settings:
        if self.broker_url is None and self.broker_auth not in (None, BrokerAuth.FILES):
            raise ValueError("BROKER_AUTH other than files is for a broker elsewhere: set BROKER_URL too")
        if self.broker_url is not None and self.broker_auth in (None, BrokerAuth.FILES):
            raise ValueError("BROKER_URL needs BROKER_AUTH: dynamic-security (Mosquitto) or http (others)")
        if self.broker_auth is BrokerAuth.DYNAMIC_SECURITY and not urlsplit(self.broker_url or "").username:
            raise ValueError("BROKER_URL must name the broker's administrator: mqtt://user:password@host")
        return self

    @model_validator(mode="after")
    def _mails(self) -> Settings:
        if self.mail_url is not None and not self.mail_recipients:
            raise ValueError("MAIL_URL needs MAIL_TO: who is told of alerts")
        for address in (self.mail_from, *self.mail_recipients) if self.mail_url is not None else ():
            if "@" not in parseaddr(address)[1]:
                raise ValueError(f"MAIL_FROM and MAIL_TO must be addresses, not {address!r}")
        return self

    @model_validator(mode="after")
    def _mqtt_tls(self) -> Settings:
        if (self.mqtt_tls_cert is None) != (self.mqtt_tls_key is None):
            raise ValueError("MQTT_TLS_CERT and MQTT_TLS_KEY belong together: set both or neither")
        if self.mqtt_tls_port and not (self.mqtt_tls_cert or self.tls_cert):
            raise ValueError("MQTT_TLS_PORT needs MQTT_TLS_CERT and _KEY, or TLS_CERT and _KEY")
        if self.mqtt_client_ca is not None and not self.mqtt_tls_port:
            raise ValueError("MQTT_CLIENT_CA needs MQTT_TLS_PORT")
        return self

    @property
    def relational_url(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'fieldstock.sqlite'}"

    @property
    def journal_path(self) -> Path:
        """The journal of what this machine hears."""
        return self.data_dir / "telemetry" / "journal.sqlite"

    @property
    def photos_dir(self) -> Path:
        """The photos, each a file under its digest."""
        return self.data_dir / "photos"

    @property
    def mail_recipients(self) -> tuple[str, ...]:
        """Who is told of alerts by mail."""
        return tuple(address.strip() for address in self.mail_to.split(",") if address.strip())

    @property
    def mqtt_url(self) -> str:
        """Where devices find the broker."""
        return (self.public_mqtt_url or self.broker_address_url).rstrip("/")

    @property
    def broker_address_url(self) -> str:
        """Where the broker is, without credentials."""
        if self.broker_url is None:
            tls = self.mqtt_tls_port
            return f"mqtts://{self.bind}:{tls}" if tls else f"mqtt://{self.bind}:{self.mqtt_port}"
        url = urlsplit(self.broker_url)
        return f"{url.scheme}://{url.hostname}:{url.port or (8883 if url.scheme == 'mqtts' else 1883)}"

    @property
    def base_url(self) -> str:
        """Where people open the pages."""
        scheme = "https" if self.tls_cert else "http"
        return (self.public_url or f"{scheme}://{self.bind}:{self.port}").rstrip("/")


def load_settings() -> Settings:
    """Read the environment. Raises `SettingsInvalid`, naming each variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"FIELDSTOCK_{str(fault['loc'][0]).upper() if fault['loc'] else '*'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise SettingsInvalid("; ".join(faults)) from None
