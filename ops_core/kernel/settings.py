"""What may differ from one installation to the next, read from the environment (ZHISHOU_...)."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ops_core.kernel.environment import (
    DATABASE,
    LANGUAGE,
    PREFIX,
    PROJECT_DIRECTORY,
    STATE_DIRECTORY,
)

__all__ = ["PROJECT_DIRECTORY", "Settings", "load_settings"]


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

    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8000, ge=1, le=65535)
    session_lifetime_h: float = Field(default=12, gt=0, description="hours a sign-in lasts")

    polling_interval_s: float = Field(default=5, gt=0, description="seconds between two polls")
    traps: bool = Field(default=True, description="listen to SNMP traps beside polling")

    heartbeat_url: SecretStr | None = Field(
        default=None, description="asked regularly while we are healthy: a dead man's switch"
    )
    heartbeat_every_s: float = Field(default=60, gt=0)

    demonstration: bool = Field(
        default=False,
        description="simulate calls and orders, if the declared site is a demonstration, too",
    )
    demonstration_seed: int = Field(default=12345, description="another one, other days")

    @field_validator("heartbeat_url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is None:
            return None
        parts = urlsplit(url.get_secret_value())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an address such as https://hc.example/ping/<id>")
        return url

    @property
    def effective_database_url(self) -> str:
        """The database to use, whether it was named or not."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.state_directory / DATABASE}"


def load_settings() -> Settings:
    """Read the environment. Raises pydantic.ValidationError naming each wrong variable."""
    return Settings()
