#!/usr/bin/python
"""Reads what a device says of itself and what stays so from one reading to the next."""

import os
import subprocess
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
---
module: device_facts
short_description: Read the facts of a device
description:
  - System and kernel, versions of the programs that a configuration concerns, interfaces with
    their hardware address and MTU, and the services that run.
  - Nothing that changes by itself (uptime, counters) is among them, so that two readings of an
    unchanged device are the same.
  - What cannot be read is null, which is not the same as empty.
options:
  directory:
    description: Where the action plugin keeps the facts on the controller.
    type: str
"""

PACKAGES = (
    "conntrackd", "frr", "haproxy", "kamailio", "keepalived", "nftables", "openssh-server",
    "rsyslog", "snmpd", "suricata", "ulogd2",
)  # fmt: skip
TIMEOUT_S = 20


def output(*command):
    """Standard output of a command, None when it cannot be had."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace")


def text_of(path):
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def system():
    for line in (text_of("/etc/os-release") or "").splitlines():
        name, _, value = line.partition("=")
        if name == "PRETTY_NAME":
            return value.strip('"')
    return None


def versions():
    found = output("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES)
    if found is None:
        return None
    pairs = (line.split(" ", 1) for line in found.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[1]}


def interfaces():
    try:
        names = sorted(entry.name for entry in Path("/sys/class/net").iterdir())
    except OSError:
        return None
    return {
        name: {
            "address": text_of(f"/sys/class/net/{name}/address"),
            "mtu": text_of(f"/sys/class/net/{name}/mtu"),
        }
        for name in names
    }


def services():
    found = output("/usr/local/sbin/device-service", "running")
    return None if found is None else found.split()


def main():
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    kernel = os.uname()
    module.exit_json(
        changed=False,
        facts={
            "hostname": kernel.nodename,
            "kernel": kernel.release,
            "architecture": kernel.machine,
            "system": system(),
            "versions": versions(),
            "interfaces": interfaces(),
            "services": services(),
        },
    )


if __name__ == "__main__":
    main()
