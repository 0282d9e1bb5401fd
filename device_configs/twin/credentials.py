"""Keys and secrets of a twin, made once at its first start and kept in the state directory."""

import json
import secrets
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from device_configs.twin.factory import KeyMaterial
from ops_core.kernel.errors import Conflict

SECRETS = "secrets.json"
CLIENT_KEY = "ssh/id_ed25519"
KNOWN_HOSTS = "ssh/known_hosts"
HOST_KEY = "twin/ssh_host_ed25519_key"


class TwinSnmpSecrets(BaseModel):
    """What an SNMP manager needs to ask the twin's agents (v2c read-only, v3 authPriv).

    Authentication is SHA, privacy AES-128. Other secrets in the same file are left alone.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    snmp_community: str
    snmp_user: str
    snmp_auth_password: str
    snmp_priv_password: str


def ensure_secrets(state_directory: Path) -> TwinSnmpSecrets:
    """Read ``secrets.json``; make what is missing in it (mode 0600)."""
    file = state_directory / SECRETS
    known = _known_secrets(file)
    complete = _new_secrets().model_dump() | known
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


def _new_secrets() -> TwinSnmpSecrets:
    return TwinSnmpSecrets(
        snmp_community=secrets.token_urlsafe(12),
        snmp_user="zhishou",
        snmp_auth_password=secrets.token_urlsafe(18),
        snmp_priv_password=secrets.token_urlsafe(18),
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
    secrets_: TwinSnmpSecrets, display_script: Path, directory: Path, displays: int
) -> str:
    """``snmpd.conf`` of a seat: v2c and v3 read-only, host metrics, displays by ``extend``.

    Its displays go on and off together.
    """
    rows = ["display", *(f"display-{number}" for number in range(2, displays + 1))]
    extensions = "\n".join(
        f"extend -cacheTime 1 {row} {display_script} {directory / 'display'}" for row in rows
    )
    user = secrets_.snmp_user
    return f"""\
agentAddress udp:161
sysLocation twin
rocommunity {secrets_.snmp_community}
createUser {user} SHA "{secrets_.snmp_auth_password}" AES "{secrets_.snmp_priv_password}"
rouser {user} authpriv
{extensions}
"""
