"""A running device or seat: its processes and namespaces, kept apart from what was declared."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from device_configs.twin.namespace import run_in_network
from device_configs.twin.plan import DevicePlan, Node
from device_configs.twin.protocol import Completed
from device_configs.twin.wiring import forget_batch

BOOT = Path(__file__).parent / "boot"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "xterm-256color",
}

_NAMESPACES = ("--mount", "--propagation", "private", "--uts", "--ipc", "--pid")
ENTRY_OPTIONS = ("-n", "-m", "-u", "-i", "-p", "-r", "-w")
"""``nsenter`` options for all the namespaces that a node has."""


class BootFailed(RuntimeError):
    """A device or seat did not start; the text is what its boot script said."""


class CommandFailed(RuntimeError):
    """A kernel tool refused; the text is what it said."""


class RunningNode:
    """One device or seat. Its network namespace outlives its power; the rest does not."""

    def __init__(self, plan: Node, directory: Path, network: int) -> None:
        self.plan = plan
        self.directory = directory
        self.network = network
        self._wrapper: subprocess.Popen[bytes] | None = None
        self.first_process: int | None = None

    @property
    def was_started(self) -> bool:
        """Whether it ever had power."""
        return self._wrapper is not None

    @property
    def is_alive(self) -> bool:
        """Whether its first process runs."""
        return self._wrapper is not None and self._wrapper.poll() is None

    def configure(self, batch: str) -> None:
        """Run an ``ip -batch`` in its network."""
        if batch:
            self._feed(["ip", "-batch", "-"], batch)

    def filter(self, script: str) -> None:
        """Load an nft script in its network; one transaction."""
        self._feed(["nft", "-f", "-"], script)

    def _feed(self, argv: Sequence[str], text: str) -> None:
        feed(run_in_network(self.network, argv), text, descriptors=[self.network])

    def power_on(self) -> None:
        """Start its first process in new namespaces inside its own network namespace.

        Returns when its root is mounted and sshd listens; raises :class:`BootFailed` with the
        script's words.
        """
        script = "device.sh" if isinstance(self.plan, DevicePlan) else "seat.sh"
        answers, report = os.pipe2(os.O_CLOEXEC)
        with (self.directory / "boot.log").open("wb") as log, os.fdopen(report):
            self._wrapper = subprocess.Popen(
                run_in_network(
                    self.network,
                    ["unshare", *_NAMESPACES, "--fork", "--kill-child",
                     str(BOOT / script), str(self.directory), self.plan.name],
                ),
                pass_fds=[self.network],
                stdin=subprocess.DEVNULL,
                stdout=report,
                stderr=log,
                env=ENVIRONMENT,
            )  # fmt: skip
        with os.fdopen(answers) as reported:
            if reported.readline() != "ready\n":
                self._wrapper.kill()
                self._wrapper.wait()
                reason = (self.directory / "boot.log").read_text(errors="replace").strip()
                raise BootFailed(f"{self.plan.name} did not start: {reason or 'no reason given'}")
        self.first_process = _only_child(self._wrapper.pid)

    def power_off(self) -> None:
        """SIGKILL its first process and wait until the kernel has ended all the others."""
        if self._wrapper is None:
            return
        if self.first_process is not None and self._wrapper.poll() is None:
            os.kill(self.first_process, signal.SIGKILL)
        self._wrapper.wait()
        self.first_process = None

    def forget_network_state(self) -> None:
        """Take from the kept network namespace what a device without power does not have."""
        shown = subprocess.run(
            run_in_network(self.network, ["ip", "-d", "-j", "link"]),
            pass_fds=[self.network],
            capture_output=True,
            check=True,
        )
        kinds = {
            link["ifname"]: link.get("linkinfo", {}).get("info_kind", "loopback")
            for link in json.loads(shown.stdout)
        }
        self.filter("flush ruleset\n")
        self._feed(["ip", "-force", "-batch", "-"], forget_batch(kinds))
        self._feed(["conntrack", "-F"], "")

    def execute(self, argv: Sequence[str], timeout: float, stdin: bytes) -> Completed:
        """Run a command in all its namespaces; after ``timeout`` seconds it is killed there."""
        limited = ["timeout", "--kill-after=1", f"{timeout:.3f}", *argv]
        running = subprocess.Popen(
            ["nsenter", "-t", str(self.first_process), *ENTRY_OPTIONS, "--", *limited],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        try:
            stdout, stderr = running.communicate(stdin, timeout=timeout + 2)
        except subprocess.TimeoutExpired as left_open:
            # The command ended but a daemon it started still holds its output.
            running.kill()
            stdout, stderr = left_open.output or b"", left_open.stderr or b""
            for pipe in (running.stdout, running.stderr):
                if pipe is not None:
                    pipe.close()
            running.wait()
        return Completed(running.returncode, stdout, stderr)


def feed(argv: Sequence[str], text: str, descriptors: Sequence[int] = ()) -> None:
    """Run a tool with ``text`` as its input; raises :class:`CommandFailed` with its words."""
    done = subprocess.run(
        argv,
        input=text.encode(),
        pass_fds=descriptors,
        capture_output=True,
        env=ENVIRONMENT,
        check=False,
    )
    if done.returncode != 0:
        raise CommandFailed(f"{argv[-2]}: {done.stderr.decode(errors='replace').strip()}")


def _only_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])
