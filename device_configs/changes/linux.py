"""Devices that are configured by files: loaded by Ansible, asked over SSH (a :class:`Fleet`)."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar

from device_configs.backups.redaction import WordMask
from device_configs.changes.first_configuration import first_difference
from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer, no_progress
from device_configs.changes.happenings import GateCheck
from device_configs.changes.model import DeviceDifference
from device_configs.changes.states import Place
from device_configs.changes.trial_words import (
    answer_of,
    files_part,
    intended_fingerprint,
    running_fingerprint,
    trial_command,
)
from device_configs.deploy.access import ask_devices
from device_configs.deploy.ansible_events import reason_of, remark_of
from device_configs.deploy.comparing import read_devices
from device_configs.deploy.fingerprint import is_unchanged
from device_configs.deploy.playbook import PlaybookRun, run_playbook
from device_configs.deploy.rendered import RenderedTrees, handed_over, render_devices
from device_configs.site.model import Site
from device_configs.twin.namespace import inside_network
from ops_core.kernel.settings import Settings

PLAYBOOK = "playbooks/change.yml"
TASK_TIMEOUT_S = 300
Found = TypeVar("Found")
TreeSource = Callable[[Sequence[str]], RenderedTrees]
"""The intended trees of devices; those it cannot make are refused with the reason."""


@dataclass
class PlayedDevice:
    """What Ansible said of a device, in the end."""

    failed: bool = True
    reached: bool = True
    result: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True)
class LinuxFleet:
    """``network``: descriptor of the network namespace from which the devices are reached; None
    where the calling thread stands in it."""

    site: Site
    settings: Settings
    network: int | None
    source: TreeSource | None = None
    """Where the intended trees come from; the declaration when None."""

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        return self._inside(lambda: self._compare(devices, former))

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._inside(lambda: self._load(devices, trial, on_answer))

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._one_by_one(lambda: self._word("status", devices, trial), on_answer)

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._one_by_one(lambda: self._word("confirm", devices, trial), on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._one_by_one(lambda: self._word("revert", devices, trial), on_answer)

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        """Nothing more: the verification of the site asks every Linux device."""
        del devices, changed
        return []

    def close(self) -> None:
        """Every step has sessions of its own."""

    def rendered(self, devices: Sequence[str]) -> RenderedTrees:
        """What the devices are to have."""
        if self.source is not None:
            return self.source(devices)
        return render_devices(self.site, self.settings.state_directory, devices)

    def _one_by_one(
        self, work: Callable[[], Mapping[str, StepAnswer]], on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        answers = self._inside(work)
        for name, answer in answers.items():
            on_answer(name, answer)
        return answers

    def _inside(self, work: Callable[[], Found]) -> Found:
        """In a thread of its own, since the network namespace is a thread's."""

        def enter() -> Found:
            with nullcontext() if self.network is None else inside_network(self.network):
                return work()

        with ThreadPoolExecutor(1) as secondary:
            return secondary.submit(enter).result()

    def _word(
        self, action: str, devices: Sequence[str], trial: ChangeTrial
    ) -> Mapping[str, StepAnswer]:
        commands = {name: trial_command(action, trial.token) for name in devices}
        answers = ask_devices(self.site, self.settings.state_directory, commands)
        return {
            name: StepAnswer(Place.UNKNOWN, answer.problem)
            if answer.problem
            else answer_of(answer.output, trial.token)
            for name, answer in answers.items()
        }

    def _compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        rendered = self.rendered(devices)
        found = {
            name: DeviceDifference(device=name, problem=why)
            for name, why in rendered.refused.items()
        }
        forward = {name: tree for name, tree in rendered.trees.items() if name not in former}
        readings = read_devices(self.site, self.settings.state_directory, forward)
        for name, reading in readings.items():
            tree = forward[name]
            if reading.is_bare:
                first = first_difference(tree, reading, rendered.mask)
                found[name] = first.model_copy(update={"diff": WordMask().difference(first.diff)})
            elif is_unchanged(tree, reading):
                same = intended_fingerprint(tree)
                found[name] = DeviceDifference(device=name, running=same, intended=same)
        left = [name for name in devices if name not in found]
        played = self._play(left, rendered, {"former": dict(former)}, check=True)
        for name, device in played.items():
            intended = f"former:{former[name]}" if name in former else intended_fingerprint(
                rendered.trees[name])  # fmt: skip
            found[name] = _difference(name, device, intended)
        return {name: found[name] for name in devices}

    def _load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        rendered = self.rendered(devices)
        moved = [
            name
            for name in devices
            if name not in trial.former
            and (name not in rendered.trees
                 or intended_fingerprint(rendered.trees[name]) != trial.intended[name])
        ]  # fmt: skip
        if moved:  # a half is loaded as it was planned or not at all
            why = "what is intended has changed since the change was planned"
            return {n: StepAnswer(Place.OLD, why if n in moved else "") for n in devices}
        given = {
            "token": trial.token,
            "revert_in_s": trial.revert_in_s,
            "expected": {n: files_part(fingerprint) for n, fingerprint in trial.expected.items()},
            "former": dict(trial.former),
        }
        found: dict[str, StepAnswer] = {}

        def take(name: str, played: PlayedDevice) -> None:
            """What the device read back itself, in the same session."""
            if (word := played.result.get("trial")) is not None:
                found[name] = answer_of(json.dumps(word), trial.token)
                on_answer(name, found[name])

        played = self._play(devices, rendered, given, on_end=take)
        left = [name for name in devices if name not in found]
        for name, answer in (self._word("status", left, trial) if left else {}).items():
            found[name] = StepAnswer(answer.place, answer.message or played[name].message)
            on_answer(name, found[name])
        return {name: found[name] for name in devices}

    def _play(
        self,
        devices: Sequence[str],
        rendered: RenderedTrees,
        given: Mapping[str, Any],
        *,
        check: bool = False,
        on_end: Callable[[str, PlayedDevice], None] = lambda _name, _device: None,
    ) -> Mapping[str, PlayedDevice]:
        """Run the playbook; whom it does not come to has Ansible's reason. ``on_end`` is called for
        each device that it came to, as soon as it is through with it."""
        found = {name: PlayedDevice() for name in devices}
        remarks: list[str] = []

        def on_event(event: Mapping[str, Any]) -> None:
            if (remark := remark_of(event)) is not None:
                remarks.append(remark)
            data = event.get("event_data", {})
            ends = event.get("event") in (
                "runner_on_ok",
                "runner_on_failed",
                "runner_on_unreachable",
            )
            if ends and (device := found.get(str(data.get("host")))) is not None:
                device.failed = event["event"] != "runner_on_ok"
                device.reached = event["event"] != "runner_on_unreachable"
                device.result = data.get("res", {})
                device.message = str(device.result.get("msg", "")) if device.failed else ""
                on_end(str(data["host"]), device)

        if not devices:
            return found
        change = {"token": "", "revert_in_s": 0, "expected": {}, "former": {},
                  "timeout_s": TASK_TIMEOUT_S, **given}  # fmt: skip
        with handed_over(rendered.packed(devices)) as environment:
            asked = PlaybookRun(
                PLAYBOOK, devices, check, {**environment, "ZHISHOU_CHANGE": json.dumps(change)}
            )
            try:
                run_playbook(self.settings, asked, on_event)
            except Exception as error:  # noqa: BLE001 - no room for what ansible-runner keeps, or its own
                remarks.append(f"the run broke off: {error}")
        for device in found.values():
            if device.failed and not device.message:
                device.message = reason_of(remarks) or "the run did not come to this device"
        return found


def _difference(name: str, device: PlayedDevice, intended: str) -> DeviceDifference:
    files = str(device.result.get("fingerprint", ""))
    if device.failed or not files:
        return DeviceDifference(
            device=name, problem=device.message or "no answer", reached=device.reached
        )
    running = running_fingerprint(files, [str(s) for s in device.result.get("stopped", ())])
    return DeviceDifference(
        device=name,
        diff=WordMask().difference(
            "".join(str(part.get("prepared", "")) for part in device.result.get("diff", ()))
        ),
        running=running,
        intended=intended,
        files=tuple(str(path) for path in device.result.get("files", ())),
        services=tuple(str(service) for service in device.result.get("services", ())),
        active=bool(device.result.get("active")),
    )
