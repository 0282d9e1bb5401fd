"""What the engine asks of devices, whatever they are: one small protocol, two kinds behind it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from device_configs.changes.model import ChangeMethod, DeviceDifference
from device_configs.changes.states import Place


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """Where a device is, by its own word; ``message`` is what it said, secrets masked."""

    place: Place
    message: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTrial:
    """A stage's trial. ``token`` names it on the devices, the same for whoever goes on with it.

    ``expected`` and ``intended`` are what each device is to have before and then
    (:attr:`DeviceDifference.running`, :attr:`DeviceDifference.intended`).
    ``former`` has the token of the earlier trial that a device is taken back from; a device that is
    not in it goes to the declaration.
    """

    token: str
    revert_in_s: int
    expected: Mapping[str, str] = field(default_factory=dict)
    intended: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)


class Fleet(Protocol):
    """Devices that are changed in one manner.

    Every method answers for every device it was asked about. What befalls one device is its
    answer, never an exception: whoever does not answer, or not so that it can be read, is
    :attr:`Place.UNKNOWN`.
    """

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        """How each differs from what is intended; from what it had before a trial where ``former``
        has its token. Touches nothing."""
        ...

    def load(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        """Put the new configuration on trial; a device that refuses it is as before."""
        ...

    def ask(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        """Where each is with regard to the trial."""
        ...

    def confirm(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        """End the trial with the new configuration; doing it twice does nothing more."""
        ...

    def revert(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        """End the trial with the former configuration; doing it twice does nothing more."""
        ...


@dataclass(frozen=True)
class MixedFleet:
    """Every device by its own method, the methods at the same time."""

    fleets: Mapping[ChangeMethod, Fleet]
    methods: Mapping[str, ChangeMethod]

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        found: dict[str, DeviceDifference] = {}
        for method, names in self._by_method(devices).items():
            found |= self.fleets[method].compare(names, former)
        return {name: found[name] for name in devices}

    def load(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        return self._each("load", devices, trial)

    def ask(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        return self._each("ask", devices, trial)

    def confirm(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        return self._each("confirm", devices, trial)

    def revert(self, devices: Sequence[str], trial: ChangeTrial) -> Mapping[str, StepAnswer]:
        return self._each("revert", devices, trial)

    def _each(
        self, step: str, devices: Sequence[str], trial: ChangeTrial
    ) -> Mapping[str, StepAnswer]:
        parts = self._by_method(devices)
        found: dict[str, StepAnswer] = {}
        with ThreadPoolExecutor(max(1, len(parts))) as workers:
            running = {
                method: workers.submit(getattr(self.fleets[method], step), names, trial)
                for method, names in parts.items()
            }
            for answers in running.values():
                found |= answers.result()
        return {name: found[name] for name in devices}

    def _by_method(self, devices: Sequence[str]) -> Mapping[ChangeMethod, list[str]]:
        found: dict[ChangeMethod, list[str]] = {}
        for name in devices:
            found.setdefault(self.methods[name], []).append(name)
        return found
