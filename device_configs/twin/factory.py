"""What the file system of a device, or of a terminal, holds before anybody deployed to it.

The upper directory of a device's overlay is filled once, when the device is new; it is kept when
the device loses power, so it starts with its saved configuration, as a real one does.
"""

import os
import shutil
from pathlib import Path

from device_configs.twin.credentials import KeyMaterial
from device_configs.twin.plan import DevicePlan, TwinPlan
from device_configs.twin.wiring import hosts_file, system_settings

# Directories of the machine whose files are none of the device's: configuration of daemons that
# the machine may run itself, logs, SNMP state. Their subdirectories stay, empty.
EMPTIED = ("etc/frr", "etc/snmp", "etc/keepalived", "etc/conntrackd", "var/lib/snmp", "var/log")
_ABSENT = ("etc/rc.local", "etc/nftables.conf", "etc/haproxy/haproxy.cfg", "etc/rsyslog.conf")

SSHD = """\
Include /etc/ssh/sshd_config.d/*.conf
ListenAddress {address}
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100
MaxSessions 50
Subsystem sftp internal-sftp
"""


class Upper:
    """The upper directory of an overlay over ``/``; directories keep the machine's mode."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def directory(self, name: str) -> Path:
        """Make a directory and its parents as they are on the machine, or 0755."""
        made = self.path
        for part in Path(name).parts:
            made = made / part
            if not made.exists():
                made.mkdir()
                _copy_attributes(Path("/") / made.relative_to(self.path), made)
        return made

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the device."""
        file = self.directory(str(Path(name).parent)) / Path(name).name
        file.write_text(text)
        file.chmod(mode)

    def empty(self, name: str) -> None:
        """Hide the machine's files below a directory; its subdirectories stay, empty."""
        below = Path("/") / name
        if not below.is_dir():
            return
        for folder, _, _ in os.walk(below):
            self.directory(folder.lstrip("/"))
        self.make_opaque(name)

    def make_opaque(self, name: str) -> None:
        """Hide everything of the machine below a directory."""
        os.setxattr(self.directory(name), "trusted.overlay.opaque", b"y")

    def hide(self, name: str) -> None:
        """Make a file of the machine absent: a whiteout of the overlay."""
        if (Path("/") / name).exists():
            os.mknod(self.directory(str(Path(name).parent)) / Path(name).name, 0o20000)

    def copy_tree(self, tree: Path) -> None:
        """Copy prepared files over the factory state."""
        for source in sorted(tree.rglob("*")):
            name = str(source.relative_to(tree))
            if source.is_dir():
                self.directory(name)
            else:
                self.directory(str(Path(name).parent))
                shutil.copy2(source, self.path / name)


def fill_factory_state(
    upper: Upper, plan: TwinPlan, device: DevicePlan, keys: KeyMaterial, hidden: Path
) -> None:
    """Fill a new device's upper directory; ``hidden`` is the platform's state directory."""
    for name in EMPTIED:
        upper.empty(name)
    for name in _ABSENT:
        upper.hide(name)
    for private in ("root", str(hidden).lstrip("/")):
        upper.make_opaque(private)
    upper.write("etc/hostname", f"{device.name}\n")
    upper.write("etc/hosts", hosts_file(plan, device.name))
    upper.write("etc/resolv.conf", "")
    upper.write("etc/snmp/snmp.conf", "mibs :\n")
    settings = "".join(f"{key} = {value}\n" for key, value in system_settings(device))
    upper.write("etc/sysctl.d/10-twin.conf", settings)
    _fill_remote_access(upper, device, keys)


def _fill_remote_access(upper: Upper, device: DevicePlan, keys: KeyMaterial) -> None:
    upper.hide("etc/ssh/sshd_config")
    if device.management_address is None:
        return
    (upper.path / "etc/ssh/sshd_config").unlink(missing_ok=True)
    upper.write("etc/ssh/sshd_config", SSHD.format(address=device.management_address))
    upper.write("etc/ssh/ssh_host_ed25519_key", keys.host_key.read_text(), 0o600)
    upper.write("etc/ssh/authorized_keys", keys.authorized_key.read_text(), 0o600)


def _copy_attributes(source: Path, target: Path) -> None:
    if not source.exists():
        target.chmod(0o755)
        return
    found = source.stat()
    target.chmod(found.st_mode & 0o7777)
    os.chown(target, found.st_uid, found.st_gid)
