"""The settings: the environment over what runs already over ``ray_config.yaml`` over the defaults.

This is the only reader of the environment. A setting ``web_port`` is ``FLOTILLA_WEB_PORT`` there and ``web_port``
under ``metadata.flotilla`` in ``ray_config.yaml``. A running Flotilla announces its settings, with the addresses of
its embedded servers, in the state directory (``run/services.json``): who knows the directory finds all the rest.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from fleet.clock import SystemClock
from fleet.errors import BadSetting

CONFIG = Path("ray_config.yaml")
DEFAULT_STATE = ".flotilla"
SERVICES = Path("run") / "services.json"

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def span(text: object) -> timedelta:
    """Read a duration such as 250ms, 10s, 5m, 12h or 7d; raises BadSetting otherwise."""
    if isinstance(text, timedelta):
        return text
    if not (found := _SPAN.match(str(text).strip())):
        raise BadSetting(f"{text!r} is no duration.", "Write it as 250ms, 10s, 5m, 12h or 7d.")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


def _span_value(text: object) -> timedelta:
    try:
        return span(text)
    except BadSetting as error:
        raise ValueError(str(error)) from error


Span = Annotated[
    timedelta,
    BeforeValidator(_span_value),
    PlainSerializer(lambda value: f"{value.total_seconds()}s", return_type=str, when_used="json"),
]


class Settings(BaseSettings):
    """All settings of the product. An empty URL means: use the embedded server."""

    model_config = SettingsConfigDict(env_prefix="FLOTILLA_", extra="forbid", frozen=True)

    state: Path = Field(Path(DEFAULT_STATE), description="The state directory: data, secrets, logs.")
    postgres_url: str = Field("", repr=False, description="PostgreSQL as an administrator: postgresql://…")
    postgres_roles: dict[str, str] = Field({}, repr=False, description="A URL for each database role.")
    nats_url: str = Field("", description="NATS servers, comma-separated: nats://…")
    nats_token: str = Field("", repr=False, description="The token for NATS.")
    redis_url: str = Field("", repr=False, description="Redis or Valkey: redis://…")
    openbao_url: str = Field("", description="OpenBao: http://… or https://…")
    openbao_role_id: str = Field("", repr=False, description="The AppRole's role id.")
    openbao_secret_id: str = Field("", repr=False, description="The AppRole's secret id.")
    ray_address: str = Field("", description="The Ray cluster's address, host:port.")
    ray_jobs_url: str = Field("", description="The Ray head's job server: http://…")
    ray_token: str = Field("", repr=False, description="The token of the Ray cluster.")
    web_host: str = Field("127.0.0.1", description="The address that the web server listens on.")
    web_port: int = Field(0, ge=0, le=65535, description="Its port; 0 lets the kernel choose.")
    web_tls: str = Field(
        "auto",
        pattern="^(auto|on|off)$",
        description="TLS of the web server: auto has it where web_host is not local.",
    )
    web_certificate: str = Field(
        "", description="A PEM file with a certificate of your own; one is made if left out."
    )
    web_key: str = Field("", description="A PEM file with its key.")
    public_url: str = Field("", description="Where people reach the web server: http://… or https://…")
    session_key: str = Field("", repr=False, description="What signs sessions; web servers side by side share it.")
    proxies: int = Field(
        0, ge=0, le=10, description="How many proxies of ours stand before it: whose X-Forwarded-For is believed."
    )
    redis_patience: Span = Field(
        timedelta(seconds=1),
        gt=timedelta(0),
        le=timedelta(minutes=5),
        description="How long a request waits for Redis before it passes without a limit; more than 0s, at most 5m.",
    )
    rate_factor: float = Field(1.0, gt=0, le=1000, description="By how much all rate limits of the web are wider.")
    web_threads: int = Field(32, ge=1, le=256, description="Threads for REST and Dash.")
    web_streams: int = Field(2_500, ge=1, le=20_000, description="Streams of events that a web process keeps open.")
    pollers: int = Field(1, ge=1, le=1024, description="Poller actors.")
    writers: int = Field(1, ge=1, le=64, description="Writer actors.")
    in_flight: int = Field(256, ge=1, le=10_000, description="Polls under way at once in a poller.")
    interval: Span = Field(
        timedelta(seconds=60),
        gt=timedelta(0),
        le=timedelta(days=1),
        description="How often a device is polled unless it says so itself: more than 0s, at most 1d.",
    )
    slow_every: Span = Field(timedelta(minutes=15), gt=timedelta(0), description="How often the slow collectors run.")
    poll_timeout: Span = Field(
        timedelta(seconds=8), gt=timedelta(0), description="How long a device may take to answer a poll."
    )
    own_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="Networks of your own machines, which no device and no search may reach, whoever owns it."
    )
    notify_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (),
        description="Private networks to which notifications may be sent: a mail server or a receiver of your own.",
    )
    poller_sources: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="The networks from which pollers reach devices, for the script that prepares a router."
    )
    lease_ttl: Span = Field(
        timedelta(seconds=5),
        gt=timedelta(milliseconds=500),
        le=timedelta(minutes=5),
        description="How long a poller that is not heard of keeps its partitions: more than 500ms, at most 5m.",
    )
    spool_bytes: int = Field(
        256 * 2**20,
        ge=2**20,
        description="What a poller may keep on disk while NATS is away, in bytes; at least 1 MiB.",
    )
    keep_raw: Span | None = Field(
        None, description="How long raw metrics are kept; 7d if left out, 30d by TimescaleDB."
    )
    keep_5m: Span | None = Field(None, description="How long roll-ups of 5 minutes are kept; 30d, or 180d.")
    keep_1h: Span | None = Field(None, description="How long roll-ups of 1 hour are kept; 365d, or 1095d.")
    keep_pushes: Span = Field(
        timedelta(days=180),
        ge=timedelta(days=1),
        description="How long pushes that have ended are kept with their journal; a device's last one always is.",
    )
    keep_rollouts: Span = Field(
        timedelta(days=730),
        ge=timedelta(days=1),
        description="How long rollouts that have ended are kept, with their devices' journals.",
    )
    store_bytes: int = Field(
        0,
        ge=0,
        description="What the metric store may take before raw rows are dropped early, in bytes; "
        "0: nine tenths of the embedded server's disk, and no bound for a server of your own.",
    )
    firmware_url: str = Field(
        "",
        description="Where RouterOS comes from, in the vendor's layout: https://…, or a directory; empty: nowhere.",
    )
    firmware_mirror: str = Field("", description="The directory of the mirror; firmware in the state directory else.")
    firmware_bytes: int = Field(4 * 2**30, ge=2**20, description="What the mirror may take, in bytes.")
    firmware_advisories: str = Field("", description="A JSON file with security fixes of your own, beside ours.")
    clock_origin: datetime | None = Field(None, description="Where the clock starts to run at its own pace.")
    clock_factor: float = Field(1.0, gt=0, le=10_000, description="The clock's pace; 1 is real time.")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="How much is logged.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what ``load`` merged; it decides the order of the sources."""
        return (init_settings,)

    def clock(self) -> SystemClock:
        """Make the one clock of this process."""
        return SystemClock(self.clock_origin, self.clock_factor)


def load(state: Path | None = None, *, announced: bool = True, **overrides: object) -> Settings:
    """Read all sources; ``overrides`` (what the command line said) go before everything.

    ``announced`` says whether to ask the state directory what runs already; who is about to start it does not.
    Raises BadSetting that names the setting and what it may be.
    """
    _refuse_unknown(os.environ)
    written, environment = _from_file(CONFIG), _from_environment()
    asked = {name: value for name, value in overrides.items() if value is not None}
    place = Path(state or environment.get("state") or written.get("state") or DEFAULT_STATE).expanduser().absolute()
    running = _from_services(place) if announced else {}
    try:
        return Settings.model_validate({**written, **running, **environment, **asked, "state": place})
    except ValidationError as error:
        raise _explained(error) from error


def announce(settings: Settings) -> Path:
    """Write the settings as they are in force into the state directory, readable by the owner alone, in one step."""
    path = settings.state / SERVICES
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(settings.model_dump_json(exclude={"state"}, indent=1))
    draft.replace(path)
    return path


def environment(state: Path, **more: str) -> dict[str, str]:
    """Make the environment of a child process: ours without its settings, which it finds by ``state``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLOTILLA_")}
    return {**kept, "FLOTILLA_STATE": str(state), **more}


def _from_environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise BadSetting(f"{error}.", "A setting of several values is written as JSON.") from error


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSetting(
            f"{path} cannot be read as YAML: {' '.join(str(error).split())}.", "Mend the file."
        ) from error
    found = _mapping(_mapping(_mapping(document, path).get("metadata"), path).get("flotilla"), path)
    if unknown := sorted(set(map(str, found)) - set(Settings.model_fields)):
        raise BadSetting(f"{path} has an unknown setting metadata.flotilla.{unknown[0]}.", _choices())
    return dict(found)


def _mapping(found: object, path: Path) -> dict[str, Any]:
    if not isinstance(found, dict | None):
        step = "Our settings are names and values under metadata.flotilla."
        raise BadSetting(f"{path} holds {found!r} where names and values are expected.", step)
    return found or {}


def _from_services(state: Path) -> dict[str, Any]:
    path = state / SERVICES
    try:
        return dict(json.loads(path.read_text())) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise BadSetting(f"{path} cannot be read: {error}.", "Remove that file and start again.") from error


def _refuse_unknown(environ: os._Environ[str]) -> None:
    known = {f"FLOTILLA_{name.upper()}" for name in Settings.model_fields}
    for name in environ:
        if name.startswith("FLOTILLA_") and not name.startswith("FLOTILLA_TEST_") and name.upper() not in known:
            raise BadSetting(f"{name} is an unknown setting.", _choices())


def _choices() -> str:
    return f"The settings are: {', '.join(Settings.model_fields)}."


def _explained(error: ValidationError) -> BadSetting:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    field = Settings.model_fields.get(name.split(".")[0])
    meaning = (field.description or "") if field else ""
    said = first["msg"].removeprefix("Value error, ").rstrip(".")
    return BadSetting(f"The setting {name} is wrong: {said}.", meaning or _choices())
