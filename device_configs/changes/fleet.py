"""What the engine asks of devices, whatever they are: one small protocol, two kinds behind it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from device_configs.changes.happenings import GateCheck
from device_configs.changes.model import ChangeMethod, DeviceDifference
from device_configs.changes.states import Place


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """Where a device is, by its own word; ``message`` is what it said, secrets masked."""

    place: Place
    message: str = ""


OnAnswer = Callable[[str, StepAnswer], None]
"""Called once a device, from whichever thread, as soon as it is dealt with; a fleet that deals with
all of them at once need not call it."""


def no_progress(_device: str, _answer: StepAnswer) -> None:
    """Nobody is waiting for single devices."""


@dataclass(frozen=True, slots=True)
class ChangeTrial:
    """A stage's trial. ``token`` names it on the devices, the same for whoever goes on with it.

    ``revert_in_s`` 0: there is no trial, each device keeps what it took over.

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

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """Put the new configuration on trial; a device that refuses it is as before."""
        ...

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """Where each is with regard to the trial."""
        ...

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """End the trial with the new configuration; doing it twice does nothing more."""
        ...

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """End the trial with the former configuration; doing it twice does nothing more."""
        ...

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        """Whether the devices are well, and the ``changed`` ones as the declaration has them: what
        the verification of the site does not ask of them. Every question, the good ones included.
        """
        ...

    def close(self) -> None:
        """Nobody asks any more: end what was kept open."""
        ...


@dataclass(frozen=True)
class MixedFleet:
    """Every device by its own method, the methods at the same time."""

    fleets: Mapping[ChangeMethod, Fleet]
    methods: Mapping[str, ChangeMethod]

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        parts = self._by_method(devices)
        found: dict[str, DeviceDifference] = {}
        with ThreadPoolExecutor(max(1, len(parts))) as workers:
            running = [
                workers.submit(self.fleets[method].compare, names, former)
                for method, names in parts.items()
            ]
            for answers in running:
                found |= answers.result()
        return {name: found[name] for name in devices}

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._each("load", devices, trial, on_answer)

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._each("ask", devices, trial, on_answer)

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._each("confirm", devices, trial, on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._each("revert", devices, trial, on_answer)

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        parts = self._by_method(devices).items()
        return [one for method, names in parts for one in self.fleets[method].check(names, changed)]

    def close(self) -> None:
        for fleet in self.fleets.values():
            fleet.close()

    def _each(
        self, step: str, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        parts = self._by_method(devices)
        found: dict[str, StepAnswer] = {}
        with ThreadPoolExecutor(max(1, len(parts))) as workers:
            running = [
                workers.submit(getattr(self.fleets[method], step), names, trial, on_answer)
                for method, names in parts.items()
            ]
            for answers in running:
                found |= answers.result()
        return {name: found[name] for name in devices}

    def _by_method(self, devices: Sequence[str]) -> Mapping[ChangeMethod, list[str]]:
        found: dict[ChangeMethod, list[str]] = {}
        for name in devices:
            found.setdefault(self.methods[name], []).append(name)
        return found
