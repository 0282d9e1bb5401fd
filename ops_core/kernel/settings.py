"""What may differ from one installation to the next, read from the environment (ZHISHOU_...)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """One installation. Every field is an environment variable: ``ZHISHOU_WEB_PORT=8080``."""

    model_config = SettingsConfigDict(env_prefix="ZHISHOU_", frozen=True, extra="ignore")

    state_directory: Path = PROJECT_DIRECTORY / ".zhishou"
    inventory: Path = PROJECT_DIRECTORY / "inventory"
    language: Literal["zh", "en"] = "zh"

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

    demonstration: bool = Field(
        default=False,
        description="simulate calls and orders, if the declared site is a demonstration, too",
    )
    demonstration_seed: int = Field(default=12345, description="another one, other days")

    @property
    def effective_database_url(self) -> str:
        """The database to use, whether it was named or not."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.state_directory / 'zhishou.sqlite'}"


def load_settings() -> Settings:
    """Read the environment. Raises pydantic.ValidationError naming each wrong variable."""
    return Settings()
