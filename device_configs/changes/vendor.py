"""Vendor boxes, changed by their NAPALM drivers (a :class:`device_configs.changes.fleet.Fleet`)."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from device_configs.changes.box_checks import (
    ANSWERS,
    CONFIGURATION,
    PAIR_QUESTIONS,
    box_check,
    pair_check,
)
from device_configs.changes.box_logins import box_logins
from device_configs.changes.box_places import BoxSeen, answer_of_box, change_id_of
from device_configs.changes.box_sessions import BoxSessions
from device_configs.changes.box_targets import (
    BoxPath,
    BoxTarget,
    fingerprint_of,
    is_same,
    path_of,
    target_of_former,
    target_of_rendered,
)
from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer, no_progress
from device_configs.changes.happenings import GateCheck
from device_configs.changes.kept_trials import KeptTrials
from device_configs.changes.model import ChangeMethod, DeviceDifference
from device_configs.changes.states import Place
from device_configs.deploy.device_login import USER
from device_configs.drivers.bounded import DEFAULT_WORKERS, each_device
from device_configs.drivers.revert_class import RevertClass
from device_configs.render.families import render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets, SecretsMissing
from device_configs.site.model import Site
from device_configs.twin.credentials import CLIENT_KEY, SECRETS
from ops_core.kernel.errors import DomainError
from ops_core.kernel.i18n import Language, translate
from ops_core.kernel.settings import Settings

if TYPE_CHECKING:
    from device_configs.drivers.vendor.driver import VendorDriver

LANGUAGES = ("huawei_vrp", "h3c_comware")
"""Families with a driver and a patch maker."""
COPIED_WITHIN_S, COPIED_PAUSE_S = 10.0, 0.5
"""How long the other half of a pair may take to copy a line."""
LEAST_REVERT_S = 60
"""VRP 8 takes no shorter trial; the others count whole minutes."""
MOVED = "the declaration has changed since the change was planned"
CHANGED = "the device has changed since the change was planned"
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
    workers: int = DEFAULT_WORKERS
    texts: dict[str, str] = field(default_factory=dict)
    """What each is to have, rendered when it is first needed."""
    _paths: dict[tuple[str, str], BoxPath] = field(default_factory=dict)
    _intended: dict[str, str] = field(default_factory=dict)
    """Fingerprints of what was brought to boxes by this fleet."""

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        found: dict[str, DeviceDifference] = {}
        for outcome in each_device(devices, lambda n: self._compare_one(n, former), self.workers):
            found[outcome.item] = outcome.result or DeviceDifference(
                device=outcome.item, method=ChangeMethod.NAPALM, reached=False,
                problem=self._words(outcome.error),
            )  # fmt: skip
        return {name: self._in_step(found[name], found) for name in devices}

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """A pair that copies is loaded as one: the standby half's own lines, then the active half,
        whose lines arrive on both."""
        groups = self._groups(devices)
        return self._each_group(groups, lambda n: self._load_one(n, trial), trial, on_answer)

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        groups = [(name,) for name in devices]
        return self._each_group(groups, lambda n: self._ask_one(n, trial), trial, on_answer)

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        groups = [(name,) for name in devices]
        return self._each_group(groups, lambda n: self._confirm_one(n, trial), trial, on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        """Of a pair that copies the active half first: the other one has the copies from it."""
        groups = [tuple(reversed(group)) for group in self._groups(devices)]
        return self._each_group(groups, lambda n: self._revert_one(n, trial), trial, on_answer)

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        """The devices, and their partners that are vendor boxes, too."""
        partners = [self.site.devices[name].partner or "" for name in devices]
        asked = [n for n in dict.fromkeys((*devices, *partners)) if n in self.sessions.families]
        found: list[GateCheck] = []
        for outcome in each_device(asked, lambda n: self._check_one(n, n in changed), self.workers):
            words = self._words(outcome.error) if outcome.result is None else ""
            found += outcome.result or [
                box_check(outcome.item, ANSWERS, passed=False, message=words)
            ]
        return found

    def _check_one(self, name: str, is_changed: bool) -> list[GateCheck]:
        with self.sessions.session(name) as driver:
            driver.steps.pending()
            found = [box_check(name, ANSWERS, passed=True)]
            if driver.pair_role:
                question = PAIR_QUESTIONS[driver.pair_role.partition("_")[0]]
                found.append(pair_check(name, str(driver.cli([question])[question])))
            if is_changed:
                left = self._left(name, driver.get_config("running")["running"])
                found.append(box_check(name, CONFIGURATION, passed=not left, message=left))
        return found

    def _left(self, name: str, running: str) -> str:
        """What a changed box lacks of the declaration."""
        platform = self.site.devices[name].platform
        if fingerprint_of(platform, running) == self._intended.get(name):
            return ""
        target = self._target(name, running, self._rendered(name), None, paired=False)
        return target if isinstance(target, str) else target.text

    def close(self) -> None:
        """End the sessions; a trial that lives by its session ends with it."""
        self.sessions.close()

    def _each_group(
        self,
        groups: Sequence[tuple[str, ...]],
        step: Callable[[str], StepAnswer],
        trial: ChangeTrial,
        on_answer: OnAnswer,
    ) -> Mapping[str, StepAnswer]:
        """Groups at the same time, the boxes of one in order; whatever a box raises, it is asked
        what it has, in a session of its own."""

        def settled(name: str) -> StepAnswer:
            try:
                return step(name)
            except Exception as error:  # noqa: BLE001 - a driver's, netmiko's or paramiko's
                return self._after(name, trial, self._words(error))

        def work(group: tuple[str, ...]) -> dict[str, StepAnswer]:
            answers: dict[str, StepAnswer] = {}
            for name in group:
                answers[name] = settled(name)
                if answers[name].message:  # the other half is not touched then
                    break
            return answers if len(group) == 1 else self._both(group, answers, trial)

        found: dict[str, StepAnswer] = {}
        for outcome in each_device(groups, work, self.workers):
            if outcome.result is None:
                words = self._words(outcome.error)
                answers = dict.fromkeys(outcome.item, StepAnswer(Place.UNKNOWN, words))
            else:
                answers = outcome.result
            for name, answer in answers.items():
                found[name] = answer
                on_answer(name, answer)
        return found

    def _both(
        self, pair: tuple[str, ...], answers: Mapping[str, StepAnswer], trial: ChangeTrial
    ) -> dict[str, StepAnswer]:
        """Where both halves are once what one made has been copied to the other."""
        words = {name: answers[name].message if name in answers else "" for name in pair}
        deadline = time.monotonic() + COPIED_WITHIN_S
        while True:
            found = {name: self._asked(name, trial, words[name]) for name in pair}
            is_one = len({one.place for one in found.values()}) == 1
            if is_one or any(words.values()) or time.monotonic() > deadline:
                return found
            time.sleep(COPIED_PAUSE_S)

    def _groups(self, devices: Sequence[str]) -> list[tuple[str, ...]]:
        """Halves of a firewall pair that are in one stage belong together, standby first."""
        left: list[str] = list(devices)
        found: list[tuple[str, ...]] = []
        for name in devices:
            partner = self.site.devices[name].partner
            if name not in left:
                continue
            left.remove(name)
            if partner in left and self.site.devices[name].role.hot_standby:
                left.remove(partner)
                found.append(self._standby_first(name, partner))
            else:
                found.append((name,))
        return found

    def _standby_first(self, one: str, other: str) -> tuple[str, str]:
        try:
            with self.sessions.session(one) as driver:
                is_standby = driver.pair_role.endswith("_S")
        except Exception:  # noqa: BLE001 - the step itself says what is the matter
            is_standby = False
        return (one, other) if is_standby else (other, one)

    def _compare_one(self, name: str, former: Mapping[str, str]) -> DeviceDifference:
        platform = self.site.devices[name].platform
        if platform not in LANGUAGES:
            return _unknown(name, f"there is no way yet to change a {platform}")
        try:
            text = "" if name in former else self._rendered(name)
        except (NotRenderable, SecretsMissing) as refusal:
            return _unknown(name, str(refusal))
        with self.sessions.session(name) as driver:
            revert, role = driver.revert_class, driver.pair_role
            found = driver.get_config("running")["running"]
            target = self._target(name, found, text, former.get(name), paired=bool(role))
            if isinstance(target, str):
                return _unknown(name, target)
            if revert is RevertClass.REBOOT and target.kept.lines and not target.copied:
                saved = driver.get_config("startup")["startup"]
                if not is_same(saved, target.before):
                    return _unknown(name, "what it runs is not saved, so that a restart would not "
                                    "lead back to it: save it on the device first")  # fmt: skip
        note = "! an emulated box stands in for this device\n"
        stands_in = self.sessions.logins[name].stands_in and bool(target.text)
        return DeviceDifference(
            device=name,
            method=ChangeMethod.NAPALM,
            revert=RevertClass.INVERSE if target.copied else revert,
            diff=self.secrets.mask((note if stands_in else "") + target.text),
            running=target.running,
            intended=target.intended,
            active=role.endswith(("_M", "_P")),
            copied=target.copied,
        )

    def _in_step(
        self, found: DeviceDifference, others: Mapping[str, DeviceDifference]
    ) -> DeviceDifference:
        """A standby half is given no copied lines: what the active one has was lost on the way."""
        other = others.get(self.site.devices[found.device].partner or "")
        if found.copied and not found.active and other is not None and not other.copied:
            return _unknown(found.device, OUT_OF_STEP)
        return found

    def _target(
        self, name: str, running: str, rendered: str, former: str | None, *, paired: bool
    ) -> BoxTarget | str:
        """What the box is to have; why not, where a former trial leads nowhere."""
        device = self.site.devices[name]
        if former is None:
            return target_of_rendered(
                device.platform, running, rendered,
                str(device.management_address) if device.management_address else None,
                paired=paired,
            )  # fmt: skip
        kept = self.kept.of(former, name)
        if kept is None:
            return "what it had before that change is no longer kept"
        if not is_same(running, path_of(kept).after):
            return "it has been changed since"
        return target_of_former(device.platform, running, kept.before, paired=paired)

    def _load_one(self, name: str, trial: ChangeTrial) -> StepAnswer:
        change_id = change_id_of(trial.token)
        text = "" if name in trial.former else self._rendered(name)
        with self.sessions.session(name, change_id) as driver:
            if driver.steps.pending() == change_id:
                return self._place(driver, name, trial)
            running = driver.get_config("running")["running"]
            target = self._target(name, running, text, trial.former.get(name),
                                  paired=bool(driver.pair_role))  # fmt: skip
            if isinstance(target, str):
                return StepAnswer(Place.OLD, target)
            if target.running != trial.expected[name]:
                return StepAnswer(Place.OLD, CHANGED)
            if target.intended != trial.intended[name]:
                return StepAnswer(Place.OLD, MOVED)
            self.kept.keep(trial.token, name, target.kept)
            self._paths[trial.token, name] = target.path
            self._intended[name] = target.intended
            _send(driver, target, max(LEAST_REVERT_S, trial.revert_in_s))
            return self._place(driver, name, trial)

    def _ask_one(self, name: str, trial: ChangeTrial) -> StepAnswer:
        with self.sessions.session(name, change_id_of(trial.token)) as driver:
            return self._place(driver, name, trial)

    def _confirm_one(self, name: str, trial: ChangeTrial) -> StepAnswer:
        change_id = change_id_of(trial.token)
        with self.sessions.session(name, change_id) as driver:
            now = self._place(driver, name, trial)
            if now.place is not Place.TRIAL:
                return now
            if driver.steps.pending() == change_id:
                driver.confirm_commit()
            else:
                driver.steps.save()
            return self._place(driver, name, trial)

    def _revert_one(self, name: str, trial: ChangeTrial) -> StepAnswer:
        change_id, kept = change_id_of(trial.token), self.kept.of(trial.token, name)
        with self.sessions.session(name, change_id) as driver:
            now = self._place(driver, name, trial)
            if now.place not in (Place.TRIAL, Place.LOADING) or kept is None:
                return now
            if driver.steps.pending() == change_id:
                driver.rollback()
            elif not driver.pair_role.endswith("_S") or kept.lines == kept.own:
                driver.steps.restore(kept.before)
            else:
                _restore_own(driver, kept.before)
            return self._place(driver, name, trial)

    def _place(self, driver: "VendorDriver", name: str, trial: ChangeTrial) -> StepAnswer:
        path, pending = self._path(trial.token, name), driver.steps.pending()
        if path is None:
            return answer_of_box(BoxSeen("", pending), None, trial.token)
        running = driver.get_config("running")["running"]
        saved = driver.get_config("startup")["startup"] if pending is None else ""
        return answer_of_box(BoxSeen(running, pending, saved), path, trial.token)

    def _path(self, token: str, name: str) -> BoxPath | None:
        if (token, name) not in self._paths:
            kept = self.kept.of(token, name)
            if kept is None:
                return None
            self._paths[token, name] = path_of(kept)
        return self._paths[token, name]

    def _after(self, name: str, trial: ChangeTrial, words: str) -> StepAnswer:
        """Where a box is whose step failed."""
        answer = self._asked(name, trial, words)
        return answer if answer.message else replace(answer, message=words)

    def _asked(self, name: str, trial: ChangeTrial, words: str) -> StepAnswer:
        try:
            answer = self._ask_one(name, trial)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known of the box
            return StepAnswer(Place.UNKNOWN, words or self._words(error))
        return replace(answer, message=words or answer.message)

    def _rendered(self, name: str) -> str:
        if name not in self.texts:
            platform = self.site.devices[name].platform
            self.texts[name] = render_vendor(self.site, self.secrets, name, platform)
        return self.texts[name]

    def _words(self, error: Exception | None) -> str:
        """What went wrong, in one line, secrets masked."""
        lines = (str(error) or type(error).__name__).splitlines()
        if isinstance(error, DomainError):
            lines = [translate(text, Language.ENGLISH) for text in (error.title, error.detail)]
        return self.secrets.mask("; ".join(line for text in lines for line in text.splitlines()))


def _send(driver: "VendorDriver", target: BoxTarget, revert_in_s: int) -> None:
    """Bring the lines into force, on trial. Lines that the other half copies are left to it."""
    is_standby = driver.pair_role.endswith("_S")
    lines = target.kept.own if is_standby else target.kept.lines
    if not lines:
        return
    driver.load_merge_candidate(config="".join(f"{line}\n" for line in lines))
    if target.copied:
        driver.steps.hold()
    else:
        driver.commit_config(revert_in=revert_in_s)


def _restore_own(driver: "VendorDriver", before: str) -> None:
    """Of a standby half: its own lines go back, the copied ones come from the other half."""
    running = driver.get_config("running")["running"]
    back = target_of_former(driver.platform, running, before, paired=True)
    if back.kept.own:
        driver.load_merge_candidate(config="".join(f"{line}\n" for line in back.kept.own))
        driver.steps.hold()


def _unknown(name: str, problem: str) -> DeviceDifference:
    return DeviceDifference(device=name, method=ChangeMethod.NAPALM, problem=problem)


def vendor_fleet(site: Site, settings: Settings, network: int | None) -> VendorFleet:
    """The fleet of a site's vendor boxes. Raises :class:`SecretsMissing`, and Conflict for a file
    of stand-ins that cannot be read."""
    directory = settings.state_directory
    families = {
        device.name: device.platform for device in site.deployed if device.platform in LANGUAGES
    }
    sessions = BoxSessions(families, box_logins(site, directory), network)
    secrets = Secrets.load(directory / SECRETS)
    keys = {**secrets.login_keys, **login_keys_of(directory)}
    secrets = secrets.model_copy(update={"login_keys": keys})
    return VendorFleet(site, secrets, sessions, KeptTrials(directory))


def login_keys_of(directory: Path) -> dict[str, str]:
    """The public keys of an installation's accounts, by name. The account of deployments signs in
    by the installation's own key, unless the secrets name another one."""
    file = (directory / CLIENT_KEY).with_suffix(".pub")
    own = {USER: " ".join(file.read_text().split()[:2])} if file.exists() else {}
    try:
        return own | dict(Secrets.load(directory / SECRETS).login_keys)
    except SecretsMissing:
        return own
