"""All or none is drained, and never where the partner could not carry the traffic."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from device_configs.draining import handover
from device_configs.draining.handover import LONGEST_S, drain, restore
from device_configs.draining.shell import ShellAnswer
from device_configs.site import load_site
from ops_core.kernel.errors import Conflict, Invalid

SITE = load_site(Path("inventory"))


class Devices:
    """Devices as they answer ``device-drain``; the real ones are tested in the twin."""

    def __init__(self) -> None:
        self.drained: dict[str, int] = {}
        self.silent: set[str] = set()
        self.refusing: set[str] = set()
        self.busy: set[str] = set()
        self.forwarded = 0
        self.commands: list[str] = []

    def run(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        return {device: self._answer(device, command) for device, command in commands.items()}

    def _answer(self, device: str, command: str) -> ShellAnswer:
        if device in self.silent:
            return ShellAnswer(255, "no route to host")
        _, action, *rest = command.split()
        if action == "status":
            return ShellAnswer(0, self._status(device))
        self.commands.append(f"{action} {device}")
        if device in self.refusing:
            return ShellAnswer(1, "the partner did not take over")
        if action == "start":
            self.drained[device] = int(rest[0])
        else:
            self.drained.pop(device, None)
        return ShellAnswer(0, "")

    def _status(self, device: str) -> str:
        self.forwarded += 1000 if device in self.busy else 0
        count = f"forwarded {self.forwarded}\n"
        if device in self.drained:
            return f"state drained\nseconds_left {self.drained[device]}\nwho me\n{count}"
        return f"state serving\nvirtual 10.0.0.1\n{count}"


@pytest.fixture
def devices(monkeypatch: pytest.MonkeyPatch) -> Devices:
    monkeypatch.setattr(handover, "_EMPTY_WITHIN_S", 0.05)
    monkeypatch.setattr(handover, "_COUNTED_OVER_S", 0.01)
    return Devices()


def test_a_core_is_drained_after_its_relays_and_restored_before_them(devices: Devices) -> None:
    assert drain(SITE, devices, ["core-a"], who="me", seconds=60) == ("gap-a", "vg-a", "core-a")
    assert devices.commands == ["start gap-a", "start vg-a", "start core-a"]
    restore(SITE, devices, ["core-a"])
    assert devices.commands[3:] == ["end core-a", "end vg-a", "end gap-a"]


def test_draining_again_extends(devices: Devices) -> None:
    drain(SITE, devices, ["rt-a"], who="me", seconds=60)
    drain(SITE, devices, ["rt-a"], who="me", seconds=900)
    assert devices.drained == {"rt-a": 900}


@pytest.mark.parametrize("trouble", ["silent", "refusing", "busy"])
def test_one_that_fails_leaves_none_drained(devices: Devices, trouble: str) -> None:
    getattr(devices, trouble).add("core-a")
    with pytest.raises(Conflict, match="core-a"):
        drain(SITE, devices, ["core-a"], who="me", seconds=60)
    assert not devices.drained


def test_what_was_drained_before_stays_drained_after_a_failure(devices: Devices) -> None:
    drain(SITE, devices, ["gap-a"], who="me", seconds=60)
    devices.refusing.add("core-a")
    with pytest.raises(Conflict):
        drain(SITE, devices, ["core-a"], who="me", seconds=60)
    assert list(devices.drained) == ["gap-a"]


@pytest.mark.parametrize("trouble", ["silent", "drained"])
def test_nothing_moves_to_a_partner_that_cannot_take_it(devices: Devices, trouble: str) -> None:
    if trouble == "silent":
        devices.silent.add("vg-b")
    else:
        devices.drained["vg-b"] = 60
    with pytest.raises(Conflict, match="vg-b"):
        drain(SITE, devices, ["core-a"], who="me", seconds=60)
    assert not devices.commands


def test_one_that_cannot_be_restored_does_not_end_the_others(devices: Devices) -> None:
    drain(SITE, devices, ["core-a"], who="me", seconds=60)
    devices.silent.add("core-a")
    with pytest.raises(Conflict, match="core-a"):
        restore(SITE, devices, ["core-a"])
    assert list(devices.drained) == ["core-a"]


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_S + 1])
def test_a_drain_has_an_end(devices: Devices, seconds: int) -> None:
    with pytest.raises(Invalid):
        drain(SITE, devices, ["rt-a"], who="me", seconds=seconds)


def test_a_name_is_one_word_of_the_command(devices: Devices) -> None:
    heard = []

    class Listening(Devices):
        def run(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
            heard.extend(commands.values())
            return super().run(commands)

    drain(SITE, Listening(), ["rt-a"], who="李; rm -rf /\n$(x)", seconds=5)
    started = [command for command in heard if " start " in command]
    assert re.fullmatch(r"\S+ start 5 '[^']*'", started[0])


def test_what_needs_no_draining_is_not_asked(devices: Devices) -> None:
    devices.silent.update(SITE.devices)
    assert drain(SITE, devices, ["log-a"], who="me", seconds=5) == ()
