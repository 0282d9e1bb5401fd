"""A box: a mount namespace with files, a service that runs by them, the program of trials."""

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mortal import MORTAL

PROGRAMS = Path(__file__).parents[3] / "playbooks" / "plugins" / "module_utils"
STATE = "/var/lib/device-configuration"
CONFIGURATION = "/srv/box"
SERVICE = f"""#!/bin/sh
# A service that runs by a copy of its file, and refuses what has the word REFUSE in it.
case $1 in
status) [ -e {CONFIGURATION}/running ] ;;
apply | start)
    while grep -q HANG {CONFIGURATION}/daemon.conf; do sleep 0.1; done
    grep -q REFUSE {CONFIGURATION}/daemon.conf && {{ echo "line refused"; exit 1; }}
    cp {CONFIGURATION}/daemon.conf {CONFIGURATION}/running
    ;;
esac
"""
BEGIN = """
import json, sys
sys.path.insert(0, sys.argv[1])
import device_loads as loads, device_lock as lock, device_trees as trees
given = json.loads(sys.argv[2])
files = [{"path": path, "content": text, "mode": 0o640, "owner": "root", "service": "daemon"}
         for path, text in given["files"].items()]
try:
    loads.begin(given["token"], given["revert_in_s"], trees.differing(files), {
        path: service for path, service in trees.left_over(files).items()}, ["daemon"],
        {file["path"]: "daemon" for file in files}, given["expected"])
except (trees.Refused, lock.Busy) as refusal:
    sys.exit(str(refusal))
"""


@dataclass
class Box:
    """Runs programs in the namespace; ``close`` ends all that is left of it."""

    keeper: subprocess.Popen[bytes]

    def command(self, *argv: str) -> list[str]:
        return ["nsenter", "-t", str(self.keeper.pid), "-m", "--", *argv]

    def run(self, script: str) -> str:
        argv = self.command("sh", "-c", script)
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def write(self, path: str, text: str) -> None:
        self.run(f"printf %s {shlex.quote(text)} >{path}; chmod 640 {path}")

    def files(self) -> dict[str, str]:
        """Every file of the box's configuration by name, but second names of former files."""
        shown = self.run(
            f'cd {CONFIGURATION}; for f in *; do echo "# $f"; head -c 100 $f; echo; done'
        )
        parts = (part.split("\n", 1) for part in shown.split("# ")[1:])
        return {name: text[:-1] for name, text in parts if not name.endswith(".former")}

    def begin_command(
        self, token: str, files: dict[str, str], *, revert_in_s: float = 60, expected: str = ""
    ) -> list[str]:
        given = {
            "token": token, "revert_in_s": revert_in_s, "expected": expected,
            "files": {f"{CONFIGURATION}/{name}": text for name, text in files.items()},
        }  # fmt: skip
        return self.command(sys.executable, "-c", BEGIN, str(PROGRAMS), json.dumps(given))

    def begin(
        self, token: str, files: dict[str, str], *, revert_in_s: float = 60, expected: str = ""
    ) -> str:
        """Put files on trial; returns why it was refused, empty when it was not."""
        argv = self.begin_command(token, files, revert_in_s=revert_in_s, expected=expected)
        return subprocess.run(argv, check=False, capture_output=True, text=True).stderr.strip()

    def ask(self, action: str, token: str) -> dict[str, Any]:
        program = PROGRAMS / "device_trials.py"
        found: dict[str, Any] = json.loads(self.run(f"{sys.executable} {program} {action} {token}"))
        return found

    def close(self) -> None:
        self.keeper.kill()
        self.keeper.wait()


def open_box(room: str = "1m") -> Box:
    """A box whose disk has that much room for configuration."""
    script = (
        f"mkdir -p {STATE} {CONFIGURATION}; mount -t tmpfs none /usr/local/sbin; "
        f"mount -t tmpfs none {STATE}; mount -t tmpfs -o size={room} none {CONFIGURATION}; "
        "echo ready; exec sleep infinity"
    )
    keeper = subprocess.Popen(
        [*MORTAL, "unshare", "-m", "--propagation", "private", "sh", "-c", script],
        stdout=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == b"ready\n"
    box = Box(keeper)
    box.run(f"cat >/usr/local/sbin/device-service <<'END'\n{SERVICE}END\n"
            "chmod 755 /usr/local/sbin/device-service")  # fmt: skip
    box.write(f"{CONFIGURATION}/daemon.conf", "old\n")
    box.run(f"cp {CONFIGURATION}/daemon.conf {CONFIGURATION}/running")
    return box
