"""Vendor boxes, changed by their NAPALM drivers (a :class:`device_configs.changes.fleet.Fleet`)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from device_configs.changes.box_checks import ANSWERS, box_check
from device_configs.changes.box_groups import BoxGroup, GroupStep, groups_of
from device_configs.changes.box_logins import box_logins, login_keys_of
from device_configs.changes.box_sessions import BoxSessions
from device_configs.changes.box_steps import LANGUAGES, BoxSteps, unknown_difference
from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer, no_progress
from device_configs.changes.happenings import GateCheck
from device_configs.changes.kept_marks import KeptMarks
from device_configs.changes.kept_trials import KeptTrials
from device_configs.changes.model import ChangeMethod, DeviceDifference
from device_configs.drivers.bounded import DEFAULT_WORKERS, each_device
from device_configs.render.secrets import Secrets
from device_configs.site.model import Site
from device_configs.twin.credentials import SECRETS
from ops_core.kernel.settings import Settings

OUT_OF_STEP = (
    "the other half of its pair has this configuration already: synchronise the pair by its own "
    "command, then plan again"
)


@dataclass
class VendorFleet:
    """``sessions`` are those of one run over a change; ``workers`` how many boxes are dealt with at
    a time. What befalls a box is its answer."""

    site: Site
    secrets: Secrets
    sessions: BoxSessions
    kept: KeptTrials
    marks: KeptMarks
    workers: int = DEFAULT_WORKERS
    texts: dict[str, str] = field(default_factory=dict)
    """What each is to have, rendered when it is first needed."""
    boxes: BoxSteps = field(init=False)

    def __post_init__(self) -> None:
        self.boxes = BoxSteps(
            self.site, self.secrets, self.sessions, self.kept, self.marks, self.texts
        )

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        found: dict[str, DeviceDifference] = {}
        compare = self.boxes.compare
        for outcome in each_device(devices, lambda name: compare(name, former), self.workers):
            found[outcome.item] = outcome.result or DeviceDifference(
                device=outcome.item, method=ChangeMethod.NAPALM, reached=False,
                problem=self.boxes.words(outcome.error),
            )  # fmt: skip
        return {name: self._in_step(found[name], found) for name in devices}

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """A pair that copies is loaded as one: the standby half's own lines, then the active half,
        whose lines arrive on both."""
        return self._take(self.boxes.load, groups_of(self.boxes, devices), trial, on_answer)

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._take(self.boxes.ask, [(name,) for name in devices], trial, on_answer)

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        return self._take(self.boxes.confirm, [(name,) for name in devices], trial, on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """Of a pair that copies the active half first: the other one has the copies from it."""
        groups = [tuple(reversed(group)) for group in groups_of(self.boxes, devices)]
        return self._take(self.boxes.revert, groups, trial, on_answer)

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        """The devices, and their partners that are vendor boxes, too."""
        partners = [self.site.devices[name].partner or "" for name in devices]
        asked = [n for n in dict.fromkeys((*devices, *partners)) if n in self.sessions.families]
        found: list[GateCheck] = []
        check = self.boxes.check
        for outcome in each_device(asked, lambda name: check(name, name in changed), self.workers):
            words = self.boxes.words(outcome.error) if outcome.result is None else ""
            found += outcome.result or [
                box_check(outcome.item, ANSWERS, passed=False, message=words)
            ]
        return found

    def close(self) -> None:
        """End the sessions; a trial that lives by its session ends with it."""
        self.sessions.close()

    def _take(
        self,
        step: Callable[[str, ChangeTrial], StepAnswer],
        groups: Sequence[BoxGroup],
        trial: ChangeTrial,
        on_answer: OnAnswer,
    ) -> Mapping[str, StepAnswer]:
        return GroupStep(self.boxes, step, trial).take(groups, self.workers, on_answer)

    def _in_step(
        self, found: DeviceDifference, others: Mapping[str, DeviceDifference]
    ) -> DeviceDifference:
        """A standby half is given no copied lines: what the active one has was lost on the way."""
        other = others.get(self.site.devices[found.device].partner or "")
        if found.copied and not found.active and other is not None and not other.copied:
            return unknown_difference(found.device, OUT_OF_STEP)
        return found


def vendor_fleet(
    site: Site, settings: Settings, network: int | None, *, sets_unknown: bool = False
) -> VendorFleet:
    """The fleet of a site's vendor boxes; ``sets_unknown`` plans secrets of which nothing is known,
    too. Raises :class:`SecretsMissing`, and Conflict for a file
    of stand-ins that cannot be read."""
    directory = settings.state_directory
    families = {
        device.name: device.platform for device in site.deployed if device.platform in LANGUAGES
    }
    sessions = BoxSessions(families, box_logins(site, directory), network)
    secrets = Secrets.load(directory / SECRETS)
    keys = {**secrets.login_keys, **login_keys_of(directory)}
    secrets = secrets.model_copy(update={"login_keys": keys})
    return VendorFleet(
        site, secrets, sessions, KeptTrials(directory), KeptMarks(directory, sets_unknown)
    )
