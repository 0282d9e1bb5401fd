"""What is asked of one vendor box in a change: each step in its session, by its driver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from device_configs.changes.box_checks import (
    ANSWERS,
    CONFIGURATION,
    PAIR_QUESTIONS,
    box_check,
    pair_check,
)
from device_configs.changes.box_places import BoxSeen, answer_of_box, change_id_of
from device_configs.changes.box_sessions import BoxSessions
from device_configs.changes.box_targets import (
    BoxPath,
    BoxTarget,
    KeptTrial,
    fingerprint_of,
    is_same,
    path_of,
    target_of_former,
    target_of_rendered,
)
from device_configs.changes.eos_passwords import with_hashed_passwords
from device_configs.changes.fleet import ChangeTrial, StepAnswer
from device_configs.changes.happenings import GateCheck
from device_configs.changes.kept_marks import KeptMarks
from device_configs.changes.kept_trials import KeptTrials
from device_configs.changes.model import ChangeMethod, DeviceDifference
from device_configs.changes.states import Place
from device_configs.changes.text_targets import (
    FAMILY,
    TextPath,
    TextTarget,
    target_of_session,
    text_fingerprint,
    text_path,
)
from device_configs.drivers.revert_class import RevertClass
from device_configs.patches.parsing import parse_configuration
from device_configs.render.families import render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets, SecretsMissing
from device_configs.site.model import Site
from ops_core.kernel.errors import DomainError
from ops_core.kernel.i18n import Language, translate

if TYPE_CHECKING:
    from device_configs.drivers.eos.driver import AristaEosDriver
    from device_configs.drivers.vendor.driver import VendorDriver

    BoxDriver = VendorDriver | AristaEosDriver

LANGUAGES = ("huawei_vrp", "h3c_comware", FAMILY)
"""Families with a driver. EOS says itself what a candidate comes to; of the others the patch maker
does."""
LEAST_REVERT_S = 60
"""VRP 8 takes no shorter trial; the others count whole minutes."""
MOVED = "the declaration has changed since the change was planned"
NOT_SAVED = (
    "what it runs is not saved, so that a restart would not lead back to it: save it on the device "
    "first"
)
HAD_SECRETS = "it had the declared secrets before, as is known from now on"
SAME_SECRETS = "it has the new secrets already, somebody set them there: plan again"
CHANGED = "the device has changed since the change was planned"


@dataclass
class BoxSteps:
    """``sessions`` are those of one run over a change. What a box refuses, or a session that
    breaks, is raised as the driver has it; :meth:`settled` makes an answer of it."""

    site: Site
    secrets: Secrets
    sessions: BoxSessions
    kept: KeptTrials
    marks: KeptMarks
    texts: dict[str, str] = field(default_factory=dict)
    """What each is to have, rendered when it is first needed."""
    _paths: dict[tuple[str, str], BoxPath | TextPath] = field(default_factory=dict)
    _intended: dict[str, str] = field(default_factory=dict)
    """Fingerprints of what was brought to boxes in this run."""

    def compare(self, name: str, former: Mapping[str, str]) -> DeviceDifference:
        """How the box differs from what it is to have; from what it had before, where
        ``former`` has the token of a trial."""
        platform = self.site.devices[name].platform
        if platform not in LANGUAGES:
            return unknown_difference(name, f"there is no way yet to change a {platform}")
        try:
            text = "" if name in former else self._rendered(name)
        except (NotRenderable, SecretsMissing) as refusal:
            return unknown_difference(name, str(refusal))
        with self.sessions.session(name) as driver:
            revert, role = driver.revert_class, driver.pair_role
            found = driver.get_config("running")["running"]
            target = self._target(driver, name, found, text, former.get(name))
            if isinstance(target, str):
                return unknown_difference(name, target)
            if revert is RevertClass.REBOOT and target.kept.lines and not target.copied:
                saved = driver.get_config("startup")["startup"]
                if not isinstance(target, BoxTarget) or not is_same(saved, target.before):
                    return unknown_difference(name, NOT_SAVED)
        note = "! an emulated box stands in for this device\n"
        stands_in = self.sessions.logins[name].stands_in and bool(target.text)
        return DeviceDifference(
            device=name,
            method=ChangeMethod.NAPALM,
            revert=RevertClass.INVERSE if target.copied else revert,
            diff=self.secrets.mask((note if stands_in else "") + target.text),
            unknown=tuple(self.secrets.mask(line) for line in target.unknown),
            running=target.running,
            intended=target.intended,
            active=role.endswith(("_M", "_P")),
            copied=target.copied,
        )

    def load(self, name: str, trial: ChangeTrial) -> StepAnswer:
        """Put the new configuration on trial; a box that is not as planned is as before."""
        change_id = change_id_of(trial.token)
        text = "" if name in trial.former else self._rendered(name)
        with self.sessions.session(name, change_id) as driver:
            if driver.steps.pending() == change_id:
                return self._place(driver, name, trial)
            running = driver.get_config("running")["running"]
            target = self._target(driver, name, running, text, trial.former.get(name))
            if isinstance(target, BoxTarget) and target.intended != trial.intended[name]:
                target = self._with_unknown_secrets(driver, name, running, text)
            if isinstance(target, str):
                return StepAnswer(Place.OLD, target)
            if target.running != trial.expected[name]:
                return StepAnswer(Place.OLD, CHANGED)
            if target.intended != trial.intended[name]:
                return StepAnswer(Place.OLD, MOVED)
            self.kept.keep(trial.token, name, target.kept)
            self._paths[trial.token, name] = target.path
            self._intended[name] = target.reached
            _send(driver, target, max(LEAST_REVERT_S, trial.revert_in_s))
            answer = self._place(driver, name, trial)
            if target.path.only_secrets and answer.place in (Place.OLD, Place.LOADING):
                self._remember(driver, name, trial)
                return replace(answer, message=SAME_SECRETS)
            return answer

    def ask(self, name: str, trial: ChangeTrial) -> StepAnswer:
        """Where it is."""
        with self.sessions.session(name, change_id_of(trial.token)) as driver:
            return self._place(driver, name, trial)

    def confirm(self, name: str, trial: ChangeTrial) -> StepAnswer:
        """End the trial with the new configuration."""
        change_id = change_id_of(trial.token)
        with self.sessions.session(name, change_id) as driver:
            now = self._place(driver, name, trial)
            if now.place is Place.TRIAL:
                if driver.steps.pending() == change_id:
                    driver.confirm_commit()
                else:
                    driver.steps.save()
                now = self._confirmed(driver, name, trial)
            if now.place is Place.NEW:
                self._remember(driver, name, trial)
            return now

    def _confirmed(self, driver: "BoxDriver", name: str, trial: ChangeTrial) -> StepAnswer:
        """Where it is once its trial was confirmed. A box that had the secrets which it was given
        shows what it showed before, and is new all the same."""
        now, path = self._place(driver, name, trial), self._path(trial.token, name)
        if now.place is not Place.OLD or not isinstance(path, BoxPath):
            return now
        running = driver.get_config("running")["running"]
        return StepAnswer(Place.NEW, HAD_SECRETS) if path.is_either(running) else now

    def revert(self, name: str, trial: ChangeTrial) -> StepAnswer:
        """End the trial with the former configuration."""
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

    def check(self, name: str, is_changed: bool) -> list[GateCheck]:
        """Whether it is well, and runs what is declared where it ``is_changed``."""
        with self.sessions.session(name) as driver:
            driver.steps.pending()
            found = [box_check(name, ANSWERS, passed=True)]
            if driver.pair_role:
                question = PAIR_QUESTIONS[driver.pair_role.partition("_")[0]]
                found.append(pair_check(name, str(driver.cli([question])[question])))
            if is_changed:
                left = self._left(driver, name, driver.get_config("running")["running"])
                found.append(box_check(name, CONFIGURATION, passed=not left, message=left))
        return found

    def settled(
        self, step: Callable[[str, ChangeTrial], StepAnswer], name: str, trial: ChangeTrial
    ) -> StepAnswer:
        """Take a step; whatever it raises, the box is asked what it has, in a new session."""
        try:
            return step(name, trial)
        except Exception as error:  # noqa: BLE001 - a driver's, netmiko's or paramiko's
            words = self.words(error)
            answer = self.asked(name, trial, words)
            return answer if answer.message else replace(answer, message=words)

    def asked(self, name: str, trial: ChangeTrial, words: str) -> StepAnswer:
        """Where it is; unknown, and why, where it cannot be asked."""
        try:
            answer = self.ask(name, trial)
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known of the box
            return StepAnswer(Place.UNKNOWN, words or self.words(error))
        return replace(answer, message=words or answer.message)

    def words(self, error: Exception | None) -> str:
        """What went wrong, in one line, secrets masked."""
        lines = (str(error) or type(error).__name__).splitlines()
        if isinstance(error, DomainError):
            lines = [translate(text, Language.ENGLISH) for text in (error.title, error.detail)]
        return self.secrets.mask("; ".join(line for text in lines for line in text.splitlines()))

    def pair_role(self, name: str) -> str:
        """Prefix of the prompt that says which half of its pair leads; empty where none does, and
        where it cannot be asked: the step itself says what is the matter then."""
        try:
            with self.sessions.session(name) as driver:
                return driver.pair_role
        except Exception:  # noqa: BLE001
            return ""

    def _left(self, driver: "BoxDriver", name: str, running: str) -> str:
        """What a changed box lacks of the declaration."""
        platform = self.site.devices[name].platform
        says_itself = platform == FAMILY
        found = text_fingerprint(running) if says_itself else fingerprint_of(platform, running)
        if found == self._intended.get(name):
            return ""
        rendered = self._rendered(name)
        # What was just set is remembered only once the trial is confirmed.
        target = self._target(driver, name, running, rendered, None, is_set=True)
        return target if isinstance(target, str) else target.text

    def _target(
        self,
        driver: "BoxDriver",
        name: str,
        running: str,
        rendered: str,
        former: str | None,
        *,
        is_set: bool = False,
    ) -> BoxTarget | TextTarget | str:
        """What the box is to have; why not, where a former trial leads nowhere. ``is_set``: it was
        just set, and nothing is compared but what the box shows."""
        kept = self.kept.of(former, name) if former is not None else None
        if former is not None and kept is None:
            return "what it had before that change is no longer kept"
        if kept is not None and not _path_of(kept).is_after(running):
            return "it has been changed since"
        if driver.platform == FAMILY:
            intended = (
                kept.before
                if kept is not None
                else with_hashed_passwords(rendered, running, self.marks.salt_of(name))
            )
            return _session_target(driver, running, intended)  # type: ignore[arg-type]  # by platform
        device, paired = self.site.devices[name], bool(driver.pair_role) and not is_set
        if kept is not None:
            return target_of_former(device.platform, running, kept.before, paired=paired)
        return target_of_rendered(
            device.platform, running, rendered,
            str(device.management_address) if device.management_address else None,
            paired=paired, marks=None if is_set else self.marks.of(name),
        )  # fmt: skip

    def _with_unknown_secrets(
        self, driver: "BoxDriver", name: str, running: str, rendered: str
    ) -> BoxTarget | TextTarget | str:
        """The target of a plan that sets secrets of which nothing is known."""
        setting = replace(self, marks=replace(self.marks, sets_unknown=True))
        return setting._target(driver, name, running, rendered, None)

    def _remember(self, driver: "BoxDriver", name: str, trial: ChangeTrial) -> None:
        """The marks of the secrets that a box was given, with what it shows for them."""
        kept = self.kept.of(trial.token, name)
        if kept is None or kept.family == FAMILY:  # EOS compares secrets itself
            return
        path = path_of(kept)
        running = parse_configuration(kept.family, driver.get_config("running")["running"])
        self.marks.keep(name, self.marks.of(name).after(path.before, path.after, running))

    def _place(self, driver: "BoxDriver", name: str, trial: ChangeTrial) -> StepAnswer:
        path, pending = self._path(trial.token, name), driver.steps.pending()
        if path is None:
            return answer_of_box(BoxSeen("", pending), None, trial.token)
        running = driver.get_config("running")["running"]
        saved = driver.get_config("startup")["startup"] if pending is None else ""
        return answer_of_box(BoxSeen(running, pending, saved), path, trial.token)

    def _path(self, token: str, name: str) -> BoxPath | TextPath | None:
        if (token, name) not in self._paths:
            kept = self.kept.of(token, name)
            if kept is None:
                return None
            self._paths[token, name] = _path_of(kept)
        return self._paths[token, name]

    def _rendered(self, name: str) -> str:
        if name not in self.texts:
            platform = self.site.devices[name].platform
            self.texts[name] = render_vendor(self.site, self.secrets, name, platform)
        return self.texts[name]


def _path_of(kept: KeptTrial) -> BoxPath | TextPath:
    return text_path(kept) if kept.family == FAMILY else path_of(kept)


def _session_target(driver: "AristaEosDriver", running: str, intended: str) -> TextTarget:
    """By the box's own word; nothing is left on it."""
    driver.load_replace_candidate(config=intended)
    after, difference = driver.steps.preview()
    driver.discard_config()
    return target_of_session(running, intended, after, difference)


def _send(driver: "BoxDriver", target: BoxTarget | TextTarget, revert_in_s: int) -> None:
    """Bring the lines into force, on trial. Lines that the other half copies are left to it."""
    if isinstance(target, TextTarget):
        driver.load_replace_candidate(config="\n".join(target.kept.lines))
        driver.commit_config(revert_in=revert_in_s)
        return
    is_standby = driver.pair_role.endswith("_S")
    lines = target.kept.own if is_standby else target.kept.lines
    if not lines:
        return
    driver.load_merge_candidate(config="".join(f"{line}\n" for line in lines))
    if target.copied:
        driver.steps.hold()
    else:
        driver.commit_config(revert_in=revert_in_s)


def _restore_own(driver: "BoxDriver", before: str) -> None:
    """Of a standby half: its own lines go back, the copied ones come from the other half."""
    running = driver.get_config("running")["running"]
    back = target_of_former(driver.platform, running, before, paired=True)
    if back.kept.own:
        driver.load_merge_candidate(config="".join(f"{line}\n" for line in back.kept.own))
        driver.steps.hold()


def unknown_difference(name: str, problem: str) -> DeviceDifference:
    """Of a box that cannot be planned for."""
    return DeviceDifference(device=name, method=ChangeMethod.NAPALM, problem=problem)
