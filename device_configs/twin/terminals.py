"""What the file system of a seat's terminal holds before anybody used it."""

from pathlib import Path

from device_configs.twin.credentials import (
    KeyMaterial,
    TwinSnmpSecrets,
    seat_agent_configuration,
)
from device_configs.twin.factory import EMPTIED, SSHD, Upper
from device_configs.twin.plan import SeatPlan

_SSHD = SSHD.replace(
    "AuthorizedKeysFile /etc/ssh/authorized_keys", "AuthorizedKeysFile .ssh/authorized_keys"
)
_BOOT = Path(__file__).parent / "boot"
OUTSIDE, DISPLAY = "outside", "display"
"""The folder that a terminal shares with the supervisor, and what it holds: the display's state."""
DISPLAY_SCRIPT = "usr/local/lib/twin/display.sh"


def fill_terminal_state(
    upper: Upper, seat: SeatPlan, keys: KeyMaterial, secrets: TwinSnmpSecrets, hidden: Path
) -> None:
    """Fill the upper directory of a seat's terminal: an SNMP agent, root by key, its displays.

    Of the machine's accounts it has those of the system, none of which can be entered.
    """
    for name in EMPTIED:
        upper.empty(name)
    for private in ("root", "home", str(hidden).lstrip("/")):
        upper.make_opaque(private)
    upper.write("etc/hostname", f"{seat.name}\n")
    upper.write("etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {seat.name}\n")
    upper.write(DISPLAY_SCRIPT, (_BOOT / "display.sh").read_text(), 0o755)
    agent = seat_agent_configuration(
        secrets, f"/{DISPLAY_SCRIPT}", f"/run/{OUTSIDE}/{DISPLAY}", seat.displays
    )
    upper.write("etc/snmp/snmpd.conf", agent, 0o600)
    upper.write("etc/snmp/snmp.conf", "mibs :\n")
    names = _fill_terminal_accounts(upper)
    upper.write("etc/shadow", "".join(f"{name}:*:1::::::\n" for name in names), 0o640)
    upper.write("etc/ssh/sshd_config", _SSHD.format(address=seat.address.ip))
    upper.write("etc/ssh/ssh_host_ed25519_key", keys.host_key.read_text(), 0o600)
    upper.write("root/.ssh/authorized_keys", keys.authorized_key.read_text(), 0o600)
    for record in ("wtmp", "lastlog"):
        upper.write(f"var/log/{record}", "", 0o664)


def _fill_terminal_accounts(upper: Upper) -> list[str]:
    rows = [row for row in Path("/etc/passwd").read_text().splitlines() if row.count(":") == 6]
    system = [row for row in rows if _is_of_the_system(int(row.split(":")[2]))]
    upper.write("etc/passwd", "".join(f"{row}\n" for row in system))
    return [row.partition(":")[0] for row in system]


def _is_of_the_system(number: int) -> bool:
    """By Debian's ranges: a person's accounts have 1000 to 59999."""
    return not 1000 <= number < 60000
