"""Keys and secrets of a twin, made once at its first start and kept in the state directory."""

import json
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ops_core.kernel.errors import Conflict
from ops_core.kernel.made_secrets import made_secret

SECRETS = "secrets.json"
CLIENT_KEY = "ssh/id_ed25519"
KNOWN_HOSTS = "ssh/known_hosts"
KEY_OCTETS = 12
HOST_KEY = "twin/ssh_host_ed25519_key"


@dataclass(frozen=True)
class KeyMaterial:
    """Keys made once for the twin: the device's own and the one that may log in."""

    host_key: Path
    authorized_key: Path


class TwinSnmpSecrets(BaseModel):
    """What an SNMP manager needs to ask the twin's agents (v2c read-only, v3 authPriv).

    Authentication is SHA, privacy AES-128. Other secrets in the same file are left alone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    snmp_community: str
    snmp_user: str
    snmp_auth_password: str
    snmp_priv_password: str


def _made(_name: str) -> str:
    return made_secret(KEY_OCTETS)


def ensure_secrets(
    state_directory: Path, keys: Iterable[str] = (), make: Callable[[str], str] = _made
) -> TwinSnmpSecrets:
    """Read ``secrets.json``; make what is missing in it (mode 0600).

    ``keys`` are the names under which the declaration refers to keys of protocols; those of a twin
    are made, too.
    """
    file = state_directory / SECRETS
    known = _known_secrets(file)
    complete = _new_secrets().model_dump() | known | _with_keys(known, keys, make)
    if complete != known:
        partial = file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(complete, indent=2) + "\n")
        partial.replace(file)
    return TwinSnmpSecrets.model_validate(complete)


def _known_secrets(file: Path) -> dict[str, Any]:
    """What the file holds; nothing is made anew over one that cannot be read: the devices have it.

    Raises Conflict.
    """
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_bytes())
    except ValueError as error:
        raise _unreadable(f"{file}: {type(error).__name__}") from error
    if not isinstance(known, dict):
        raise _unreadable(f"{file}: -")
    return known


def _unreadable(detail: str) -> Conflict:
    return Conflict(
        "密钥文件内容不正确", detail, "从备份恢复；删除后会重新生成，全部设备须重新部署"
    )


def _with_keys(
    known: dict[str, Any], names: Iterable[str], make: Callable[[str], str]
) -> dict[str, Any]:
    """The keys that the declaration names, complete."""
    there = known.get("keys")
    keys = there if isinstance(there, dict) else {}
    made = {name: make(name) for name in names if name not in keys}
    return {"keys": keys | made} if made else {}


def _new_secrets() -> TwinSnmpSecrets:
    return TwinSnmpSecrets(
        snmp_community=made_secret(12),
        snmp_user="zhishou",
        snmp_auth_password=made_secret(18),
        snmp_priv_password=made_secret(18),
    )


def ensure_keys(state_directory: Path, addresses: Iterable[IPv4Address]) -> KeyMaterial:
    """Make the devices' host key and the client key once; write ``ssh/known_hosts``."""
    host_key = _ensure_key(state_directory / HOST_KEY, "twin devices")
    client_key = _ensure_key(state_directory / CLIENT_KEY, "zhishou")
    kind, key = host_key.with_suffix(".pub").read_text().split()[:2]
    lines = "".join(f"{address} {kind} {key}\n" for address in addresses)
    (state_directory / KNOWN_HOSTS).write_text(lines)
    return KeyMaterial(host_key=host_key, authorized_key=client_key.with_suffix(".pub"))


def _ensure_key(file: Path, comment: str) -> Path:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file)],
            check=True,
        )
    return file


def seat_agent_configuration(
    secrets_: TwinSnmpSecrets, display_script: str, display: str, displays: int
) -> str:
    """``snmpd.conf`` of a seat: v3 read-only, host metrics, displays by ``extend``; the script and
    the file with the state of the display are paths of the terminal.

    Its displays go on and off together.
    """
    rows = ["display", *(f"display-{number}" for number in range(2, displays + 1))]
    extensions = "\n".join(f"extend -cacheTime 1 {row} {display_script} {display}" for row in rows)
    user = secrets_.snmp_user
    return f"""\
agentAddress udp:161
sysLocation twin
createUser {user} SHA "{secrets_.snmp_auth_password}" AES "{secrets_.snmp_priv_password}"
rouser {user} authpriv
{extensions}
"""
