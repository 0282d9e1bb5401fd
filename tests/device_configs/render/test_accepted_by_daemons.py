"""Each rendered configuration is read by the daemon it is meant for, where it cannot do harm."""

import subprocess
from pathlib import Path

import pytest

from device_configs.render import Tree

pytestmark = pytest.mark.daemon

ISOLATED = ("unshare", "--net", "--mount", "--")
CHECKS = {
    "/etc/frr/frr.conf": "vtysh -C -f {file}",
    "/etc/nftables.conf": "nft -c -f {file}",
    "/etc/haproxy/haproxy.cfg": "haproxy -q -c -f {file}",
    "/etc/keepalived/keepalived.conf": "keepalived --config-test -f {file}",
    "/etc/kamailio/kamailio.cfg": "kamailio -c -f {file}",
    "/etc/rsyslog.conf": "rsyslogd -N1 -f {file}",
    "/usr/local/sbin/device-service": "sh -n {file}",
    "/usr/local/sbin/network-apply": "sh -n {file}",
    "/usr/local/sbin/shaping-apply": "sh {file} {shaping} && "
    "[ $(tc qdisc show | grep -c 'htb 1: dev') -eq $(grep -c '^port ' {shaping}) ]",
    "/usr/local/sbin/link-traps": "sh -n {file}",
    "/usr/local/sbin/vrrp-trap": "sh -n {file}",
    "/usr/local/sbin/firewall-role": "sh -n {file}",
    "/usr/local/sbin/neighbour-watch": "python3 -m py_compile {file}",
    "/etc/rc.local": "sh -n {file}",
}
DEVICES = ("rt-a", "rt-b", "fwi-a", "ips-b", "core-b", "sw-ops", "sw-1", "fwx", "gap-b", "vg-a",
           "log-b", "egov")  # fmt: skip


def prepare(tree: Tree, folder: Path) -> str:
    """Commands that give the isolated namespace what the check refers to: ports and scripts."""
    conf = tree.file("/etc/network/device.conf").content.splitlines()
    names = {line.split()[1] for line in conf if line.split()[0] in ("port", "bridge", "switched")}
    names |= {"pair"} if any(line.startswith("overlay") for line in conf) else set()
    links = "".join(f"ip link add {name} type bridge && ip link set {name} up\n"
                    for name in sorted(names))  # fmt: skip
    scripts = "mount -t tmpfs tmpfs /usr/local/sbin\n" + "".join(
        f"install -m 755 {folder}{file.path} {file.path}\n"
        for file in tree.files
        if file.path.startswith("/usr/local/sbin/")
    )
    state = "mount -t tmpfs tmpfs /var/lib\nmkdir /var/lib/rsyslog\nmount -t tmpfs tmpfs /run\n"
    return f"set -e\nip link set lo up\n{links}{scripts}{state}"


@pytest.mark.parametrize("name", DEVICES)
def test_daemons_accept_what_is_rendered(name: str, trees: dict[str, Tree], tmp_path: Path) -> None:
    tree = trees[name]
    for file in tree.files:
        target = tmp_path / file.path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.content)
    script = prepare(tree, tmp_path)
    checked = [file.path for file in tree.files if file.path in CHECKS]
    for path in checked:
        command = CHECKS[path].format(
            file=f"{tmp_path}{path}", shaping=f"{tmp_path}/etc/network/shaping.conf"
        )
        script += f"said=$({command} 2>&1) || {{ echo '{path}'; echo \"$said\"; exit 1; }}\n"
    done = subprocess.run([*ISOLATED, "sh", "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    assert checked
