"""The settings: the environment over ``ray_config.yaml`` over what runs embedded over the defaults.

This is the only reader of the environment. A setting ``web_port`` is ``FLOTILLA_WEB_PORT`` there and ``web_port``
under ``metadata.flotilla`` in ``ray_config.yaml``. Embedded servers announce themselves in the state directory
(``run/services.json``), so that every process that knows the directory finds them.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, ValidationError
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


Span = Annotated[timedelta, BeforeValidator(_span_value)]


class Settings(BaseSettings):
    """All settings of the product. An empty URL means: use the embedded server."""

    model_config = SettingsConfigDict(env_prefix="FLOTILLA_", extra="forbid", frozen=True)

    state: Path = Field(Path(".flotilla"), description="The state directory: data, secrets, logs.")
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
    web_host: str = Field("127.0.0.1", description="The address that the web server listens on.")
    web_port: int = Field(0, ge=0, le=65535, description="Its port; 0 lets the kernel choose.")
    web_threads: int = Field(32, ge=1, le=256, description="Threads for REST and Dash.")
    pollers: int = Field(1, ge=1, le=1024, description="Poller actors.")
    writers: int = Field(1, ge=1, le=64, description="Writer actors.")
    in_flight: int = Field(256, ge=1, le=10_000, description="Polls under way at once in a poller.")
    interval: Span = Field(
        timedelta(seconds=60), description="How often a device is polled unless it says so itself."
    )
    slow_every: Span = Field(timedelta(minutes=15), description="How often the slow collectors run.")
    poll_timeout: Span = Field(timedelta(seconds=8), description="How long a device may take to answer a poll.")
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


def load(state: Path | None = None, config: Path | None = None, **overrides: object) -> Settings:
    """Read all sources; ``overrides`` (what the command line said) go before everything.

    Raises BadSetting that names the setting and what it may be.
    """
    _refuse_unknown(os.environ)
    values = _from_file(config or CONFIG)
    asked = {name: value for name, value in overrides.items() if value is not None}
    place = state or Path(os.environ.get("FLOTILLA_STATE") or str(values.get("state", ".flotilla")))
    merged = {**_from_services(place), **values, **_from_environment(), **asked, "state": place.absolute()}
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise _explained(error) from error


def announce(state: Path, services: dict[str, object]) -> None:
    """Write where the embedded servers are, readable by the owner alone, in one step."""
    path = state / SERVICES
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(services, out)
    draft.replace(path)


def environment(**more: str) -> dict[str, str]:
    """Copy this process's environment for a child, with ``more`` set in it."""
    return {**os.environ, **more}


def _from_environment() -> dict[str, Any]:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise BadSetting(f"{error}.", "A setting of several values is written as JSON.") from error


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        document = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise BadSetting(f"{path} is not valid YAML: {error}.", "Mend the file.") from error
    found = (document.get("metadata") or {}).get("flotilla") or {}
    if unknown := sorted(set(found) - set(Settings.model_fields)):
        raise BadSetting(f"{path} has an unknown setting metadata.flotilla.{unknown[0]}.", _choices())
    return dict(found)


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
