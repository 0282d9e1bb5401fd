"""What may differ from one installation to the next, read from the environment (ZHISHOU_...)."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ops_core.kernel.environment import (
    DATABASE,
    LANGUAGE,
    PREFIX,
    PROJECT_DIRECTORY,
    STATE_DIRECTORY,
)
from ops_core.kernel.web_address import (
    LOOPBACK_HOSTS,
    Origin,
    bind_address,
    host_name,
    listed,
    origin_of,
    proxy_network,
)

__all__ = ["PROJECT_DIRECTORY", "Settings", "load_settings"]


LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Settings(BaseSettings):
    """One installation. Every field is an environment variable: ``ZHISHOU_WEB_PORT=8080``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    state_directory: Path = STATE_DIRECTORY
    inventory: Path = PROJECT_DIRECTORY / "inventory"
    language: Literal["zh", "en"] = LANGUAGE

    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; a SQLite file in the state directory if unset"
    )

    database_wait_s: float = Field(
        default=10,
        gt=0,
        description="seconds a change waits for its turn to write; then it is refused",
    )

    metrics: Literal["sqlite", "influxdb"] = "sqlite"
    influxdb_url: str = "http://127.0.0.1:8086"
    influxdb_database: str = "zhishou"
    influxdb_token: SecretStr | None = Field(
        default=None, description="token of InfluxDB 2.x or 3; goes before name and password"
    )
    influxdb_username: str | None = None
    influxdb_password: SecretStr | None = None
    influxdb_verify_certificate: bool | Path = Field(
        default=True, description="false, or a file of authorities to trust instead"
    )

    web_host: str = Field(default="127.0.0.1", description="the address to listen on")
    web_port: int = Field(default=8000, ge=1, le=65535)
    web_public_url: str | None = Field(
        default=None, description="where people reach it: https://centre.example, behind a proxy"
    )
    web_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="further names it answers to, separated by commas"
    )
    web_trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="addresses or networks whose X-Forwarded-For and -Proto hold, by commas",
    )
    session_lifetime_h: float = Field(default=12, gt=0, description="hours a sign-in lasts")

    polling_interval_s: float = Field(default=5, gt=0, description="seconds between two polls")
    traps: bool = Field(default=True, description="listen to SNMP traps beside polling")

    backup_at: LocalTime | None = Field(
        default="02:30", description="local time of the nightly backup of devices; empty: none"
    )
    drift_every_s: float = Field(
        default=900, ge=0, description="seconds between two checks of devices for drift; 0: none"
    )
    compliance_every_s: float = Field(
        default=3600, ge=0, description="seconds between two checks of the rules; 0: none"
    )
    account_audit_at: LocalTime | None = Field(
        default="03:10", description="local time of the daily audit of accounts; empty: none"
    )

    anchor_at: LocalTime | None = Field(
        default="00:05",
        description="local time of the audit chain's daily anchor, to a file and to the log audit;"
        " empty: none",
    )

    evidence_file_mb: int = Field(
        default=20, ge=1, le=500, description="MB that a file of evidence, or a form, may have"
    )
    token: SecretStr | None = Field(
        default=None, description="an account's token: commands act in its name, not the machine's"
    )

    heartbeat_url: SecretStr | None = Field(
        default=None, description="asked regularly while we are healthy: a dead man's switch"
    )
    heartbeat_every_s: float = Field(default=60, gt=0)

    demonstration: bool = Field(
        default=False,
        description="simulate calls and orders, if the declared site is a demonstration, too",
    )
    demonstration_seed: int = Field(default=12345, description="another one, other days")

    @field_validator("backup_at", "account_audit_at", "anchor_at", mode="before")
    @classmethod
    def _empty_is_never(cls, text: object) -> object:
        return None if text == "" else text

    @field_validator("heartbeat_url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an address such as https://hc.example/ping/<id>")
        return url

    @field_validator("web_host")
    @classmethod
    def _is_bind_address(cls, text: str) -> str:
        return bind_address(text)

    @field_validator("web_public_url")
    @classmethod
    def _is_public_url(cls, text: str | None) -> str | None:
        return None if text is None else str(origin_of(text))

    @field_validator("web_allowed_hosts", "web_trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return listed(value) if isinstance(value, str) else value

    @field_validator("web_allowed_hosts")
    @classmethod
    def _are_host_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(host_name(name) for name in names)

    @field_validator("web_trusted_proxies")
    @classmethod
    def _are_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(proxy_network(proxy) for proxy in proxies)

    @property
    def public_origin(self) -> Origin | None:
        """Where people reach the web face, if a proxy stands before it."""
        return None if self.web_public_url is None else origin_of(self.web_public_url)

    @property
    def own_origin(self) -> Origin:
        """Where the machine itself reaches the web face."""
        every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is compared, not bound
        return Origin("http", host_name(every.get(self.web_host, self.web_host)), self.web_port)

    @property
    def accepted_hosts(self) -> frozenset[str]:
        """The names of Host headers that are answered."""
        public = self.public_origin
        own = {self.own_origin.host, *LOOPBACK_HOSTS, *self.web_allowed_hosts}
        return frozenset(own if public is None else own | {public.host})

    @property
    def effective_database_url(self) -> str:
        """The database to use, whether it was named or not."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.state_directory / DATABASE}"


def load_settings() -> Settings:
    """Read the environment. Raises pydantic.ValidationError naming each wrong variable."""
    return Settings()
