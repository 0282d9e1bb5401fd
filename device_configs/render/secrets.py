"""Secrets of the devices: one file of the state directory, never part of the declaration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

MASK = "<secret>"


class SecretsMissing(RuntimeError):
    """The secrets file is absent or lacks a key; the text says what to do."""


class Secrets(BaseModel):
    """What devices and collectors share. SNMPv3 passwords are at least 8 characters (RFC 3414)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    snmp_community: str = Field(min_length=1, repr=False)
    snmp_user: str = Field(min_length=1)
    snmp_auth_password: str = Field(min_length=8, repr=False)
    snmp_priv_password: str = Field(min_length=8, repr=False)
    login_keys: Mapping[str, str] = Field(default_factory=dict)
    """Public key of each account that signs in by SSH, in OpenSSH's one-line form. Public, but of
    the installation and not of the declaration."""

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every value that no diff, log or golden file may show."""
        return (self.snmp_community, self.snmp_auth_password, self.snmp_priv_password)

    def login_key(self, account: str) -> str:
        """Public key of an account; raises :class:`SecretsMissing`."""
        if account not in self.login_keys:
            raise SecretsMissing(
                f"the secrets hold no public key of the account {account!r}; add it to `login_keys`"
            )
        return self.login_keys[account]

    def mask(self, text: str) -> str:
        """``text`` with every secret replaced, the longest first."""
        for value in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the secrets file; raises :class:`SecretsMissing`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            raise SecretsMissing(
                f"{path} cannot be read as secrets; start the twin, which creates it"
            ) from error
