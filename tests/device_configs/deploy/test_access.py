"""Asking many devices at once, by the real sshd, in a network namespace of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device_configs.deploy import access
from device_configs.deploy.access import CommandAnswer, ask_devices
from device_configs.deploy.remote import RemoteShells
from device_configs.draining.shell import UNREACHED, ShellAnswer, SshShell
from device_configs.site import Site, load_site
from device_configs.twin.credentials import ensure_keys
from device_configs.twin.namespace import create_network, inside_network, start_in_network
from ops_core.kernel.settings import Settings
from tests.pace import is_over

pytestmark = pytest.mark.lab

SITE: Site = load_site(Path(__file__).parents[3] / "inventory")
SILENT, STRANGER, GONE = "rt-a", "rt-b", "fwi-a"


def address(name: str) -> str:
    return str(SITE.devices[name].management_address)


@pytest.fixture
def network() -> Iterator[int]:
    """Holds the addresses of some devices; nothing else is there."""
    descriptor = create_network()
    with inside_network(descriptor):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for name in ("sw-1", "sw-2", SILENT, STRANGER):
            subprocess.run(["ip", "address", "add", f"{address(name)}/32", "dev", "lo"], check=True)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def ask(network: int, tmp_path: Path) -> Iterator[Callable[..., dict[str, CommandAnswer]]]:
    """One sshd answers for all of them; the host key of one is not the one that is known."""
    devices = [device.management_address for device in SITE.deployed]
    keys = ensure_keys(tmp_path, [one for one in devices if one is not None])
    known = tmp_path / "ssh/known_hosts"
    other = keys.authorized_key.read_text().split()[1]
    lines = [
        f"{line.rsplit(' ', 1)[0]} {other}" if line.startswith(f"{address(STRANGER)} ") else line
        for line in known.read_text().splitlines()
    ]
    known.write_text("\n".join(lines) + "\n")
    settings = tmp_path / "sshd_config"
    settings.write_text(
        f"HostKey {keys.host_key}\nAuthorizedKeysFile {keys.authorized_key}\nStrictModes no\n"
        f"PermitRootLogin prohibit-password\nPidFile none\nUsePAM no\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    daemon = start_in_network(network, ["/usr/sbin/sshd", "-D", "-e", "-f", str(settings)])

    def question(**commands: str) -> dict[str, CommandAnswer]:
        with inside_network(network):
            return ask_devices(
                SITE, tmp_path, {name.replace("_", "-"): text for name, text in commands.items()}
            )

    while question(sw_1="true")["sw-1"].problem:
        assert daemon.poll() is None
    yield question
    daemon.kill()
    daemon.wait()


def test_one_that_fails_ends_no_other(ask: Callable[..., dict[str, CommandAnswer]]) -> None:
    answers = ask(rt_b="true", fwi_a="true", sw_1="echo 值守", sw_2="exit 3")
    assert answers["sw-1"] == CommandAnswer(output="值守\n")
    assert answers["sw-2"].problem == "ended with status 3"
    assert "key" in answers[STRANGER].problem.lower()
    assert answers[GONE].problem


@pytest.fixture
def slow_command(tmp_path: Path) -> Iterator[str]:
    """A command of a minute. It must go on when the test is through: nobody waited for its end."""
    number = tmp_path / "process"
    yield f"echo $$ >{number}; exec sleep 60"
    begun = time.monotonic()
    while not number.exists() or not number.read_text().strip():
        assert not is_over(begun, 10), "it was not run"
        time.sleep(0.1)
    os.kill(int(number.read_text()), signal.SIGKILL)


def test_one_that_does_not_answer_in_time_is_a_problem_and_keeps_nobody(
    ask: Callable[..., dict[str, CommandAnswer]],
    monkeypatch: pytest.MonkeyPatch,
    slow_command: str,
) -> None:
    monkeypatch.setattr(access, "ANSWER_S", 0.2)
    assert "no answer" in ask(rt_a=slow_command)[SILENT].problem


def test_whoever_gives_up_is_not_kept_by_a_command_that_goes_on(
    ask: Callable[..., dict[str, CommandAnswer]], network: int, tmp_path: Path, slow_command: str
) -> None:
    """``ask`` has the sshd run."""
    del ask
    shells = RemoteShells(Settings(state_directory=tmp_path), network, timeout_s=3)
    answers = shells.ask([SITE.devices[SILENT]], lambda _device: {"slow": slow_command})
    assert "no answer" in answers[SILENT].problem


def test_a_command_that_drains_says_how_it_ended_and_what_it_said(
    ask: Callable[..., dict[str, CommandAnswer]], network: int, tmp_path: Path
) -> None:
    """``ask`` has the sshd run. What a command leaves behind keeps nobody waiting."""
    del ask
    commands = {
        "sw-1": "echo out; echo err >&2; exit 3",
        "sw-2": "setsid sleep 60 </dev/null >/dev/null 2>&1 & cat; echo left",
        GONE: "true",
    }
    answers = SshShell(SITE, tmp_path, network).run(commands)
    assert answers["sw-1"] == ShellAnswer(3, "out\nerr\n")
    assert answers["sw-2"] == ShellAnswer(0, "left\n")
    assert answers[GONE].returncode == UNREACHED
    assert answers[GONE].text


def test_a_key_that_is_not_there_is_a_problem_of_each_device(tmp_path: Path) -> None:
    answers = ask_devices(SITE, tmp_path, {"sw-1": "true", "sw-2": "true"})
    assert all(answer.problem for answer in answers.values())


def test_nobody_is_asked_nothing(tmp_path: Path) -> None:
    assert ask_devices(SITE, tmp_path, {}) == {}
