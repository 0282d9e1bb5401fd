"""VRP 8: lines change a candidate, ``commit`` or ``commit trial`` brings it into force."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from device_configs.drivers.candidate import Candidate
from device_configs.drivers.refusals import (
    AnswerUnreadable,
    ChangePending,
    CommitRefused,
    DriverRefusal,
    NoPendingCommit,
    NotPossible,
    RevertRefused,
)
from device_configs.drivers.vendor.box import VendorBox
from device_configs.drivers.vendor.targets import lines_for
from device_configs.patches.patch import make_patch
from ops_core.kernel.i18n import message

LEAST_S, MOST_S = 60, 65_535


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """``persist`` is "" for a trial that belongs to its session."""

    active: bool
    persist: str = ""


def read_trial(answer: str) -> TrialStatus:
    """From ``display configuration trial status``. Pure. Raises :class:`AnswerUnreadable`."""
    state = re.search(r"Trial status\s*:\s*(\w+)", answer)
    if state is None:
        raise AnswerUnreadable(message("设备没有说明是否在试运行。"), message("请登录设备核对。"))
    persist = re.search(r"Persist id\s*:\s*(\S+)", answer)
    # CANCELING and WAITCANCEL: the box is taking the trial back, nothing may begin yet.
    active = state.group(1).upper() != "INACTIVE"
    return TrialStatus(active, persist.group(1) if persist and active else "")


class TwoPhaseChange:
    """The steps of a change on a box with a candidate."""

    def __init__(self, box: VendorBox, *, management: bool) -> None:
        self._box = box
        self._management = management
        self._committed = ""
        self._session_trial = ""

    def compare(self, candidate: Candidate) -> str:
        """The difference as the box itself sees it; its candidate is empty again afterwards."""
        running = self._box.running()
        self._box.to_system_view()
        try:
            self._fill(candidate, running)
            merged = self._box.terminal.ask_whole("display configuration candidate merge")
        finally:
            self._clear()
        lines = difflib.unified_diff(
            running.splitlines(), merged.splitlines(), "running", "candidate", lineterm="", n=2
        )
        return "\n".join(lines)

    def commit(
        self, candidate: Candidate, change_id: str, revert_in_s: int | None, why: str
    ) -> None:
        """Commit whole or not at all; a trial is the box's own, whatever becomes of the session."""
        if revert_in_s is not None and not LEAST_S <= revert_in_s <= MOST_S:
            raise NotPossible(
                message(
                    "VRP 8 的 revert_in 必须在 {least} 到 {most} 秒之间。",
                    least=LEAST_S,
                    most=MOST_S,
                )
            )
        self._require_nothing_pending()
        running = self._box.running()
        try:
            self._fill(candidate, running)
            self._box.to_system_view()
            if revert_in_s is None:
                self._box.do(_with_description("commit", why), timeout_s=self._long())
            else:
                self._try(revert_in_s, change_id)
        except DriverRefusal:
            if self._box.terminal.is_open:
                self._clear()
            raise
        self._committed = self._last_commit()
        if revert_in_s is None:
            self._box.save()
        self._box.to_user_view()

    def confirm(self, change_id: str) -> None:
        """Keep the trial and save it."""
        status = self.trial()
        mine = status.persist == change_id or (status.active and self._session_trial == change_id)
        if not status.active or not mine:
            raise NoPendingCommit(
                message("变更 {token} 没有在等待确认。", token=change_id),
                message("请核对设备当前配置。"),
            )
        self._box.to_system_view()
        self._box.do(
            "commit" if self._session_trial else f"commit persist {change_id}",
            timeout_s=self._long(),
        )
        if self.trial().active:
            raise CommitRefused(message("设备没有确认试运行。"))
        self._session_trial = ""
        self._committed = self._last_commit()
        self._box.save()

    def pending(self) -> str | None:
        """The number of the change that waits; "" for one without, None where none does."""
        status = self.trial()
        return (status.persist or self._session_trial) if status.active else None

    def roll_back(self, change_id: str) -> None:
        """Take the own trial back, else the last commit where this driver made or confirmed it."""
        status = self.trial()
        if status.active and change_id in (status.persist, self._session_trial):
            self._box.to_system_view()
            own = "" if self._session_trial else f" persist {change_id}"
            self._box.do(f"abort trial{own}", timeout_s=self._long())
            self._session_trial = ""
            if self.trial().active:
                raise RevertRefused(message("设备没有结束试运行。"))
            return
        if status.active:
            raise ChangePending(message("变更 {token} 正等待确认。", token=status.persist or "?"))
        if not self._committed or self._committed != self._last_commit():
            raise NoPendingCommit(message("没有可以回退的变更。"))
        self._box.to_user_view()
        answer = self._box.do("rollback configuration last 1", timeout_s=self._long())
        if "succeeded" not in answer:
            raise RevertRefused(
                message("设备没有回到变更前：{reason}", reason=answer.strip()[-200:])
            )
        self._committed = ""
        self._box.save()

    def hold(self, candidate: Candidate) -> None:
        """There is no need: a trial is the box's own."""
        raise NotPossible(message("VRP 8 有试运行，不需要不定时的提交。"))

    def save(self) -> None:
        """What runs is that of the next start. Raises ChangePending while a trial runs."""
        self._require_nothing_pending()
        self._box.save()

    def go_back(self, text: str) -> None:
        """Commit what leads back to a configuration that ran before, and save it."""
        self._require_nothing_pending()
        family = self._box.speech.family
        patch = make_patch(family, self._box.running(), text, management=True, shown=True)
        if patch.empty:
            return
        try:
            self._box.send(patch.lines)
            self._box.to_system_view()
            self._box.do("commit", timeout_s=self._long())
        except DriverRefusal:
            if self._box.terminal.is_open:
                self._clear()
            raise
        self._box.save()

    def trial(self) -> TrialStatus:
        """Whether a trial runs, and whose."""
        return read_trial(self._box.terminal.ask("display configuration trial status"))

    def _fill(self, candidate: Candidate, running: str) -> None:
        family = self._box.speech.family
        self._box.send(lines_for(family, running, candidate, management=self._management))

    def _try(self, seconds: int, change_id: str) -> None:
        answer = self._box.terminal.ask(f"commit trial {seconds} persist {change_id}")
        if "Unrecognized command" in answer or "Too many parameters" in answer:
            # An older CE: the trial belongs to this session, and a lost session takes it back.
            self._box.do(f"commit trial {seconds}", timeout_s=self._long())
            self._session_trial = change_id
        elif (refused := self._box.refusal(answer)) is not None:
            raise refused
        if not self.trial().active:
            raise CommitRefused(message("设备没有开始试运行。"))

    def _clear(self) -> None:
        self._box.to_system_view()
        self._box.terminal.ask("clear configuration candidate")
        self._box.to_user_view()

    def _require_nothing_pending(self) -> None:
        status = self.trial()
        if status.active:
            raise ChangePending(
                message("变更 {token} 正等待确认。", token=status.persist or "?"),
                message("请先确认或回退它。"),
            )

    def _last_commit(self) -> str:
        answer = self._box.terminal.ask("display configuration commit list")
        found = re.findall(r"\b1\d{9}\b", answer)
        return max(found, default="")

    def _long(self) -> float:
        return 4 * self._box.terminal.timeout_s


def _with_description(command: str, why: str) -> str:
    text = " ".join(re.findall(r"[A-Za-z0-9_.,:-]+", why))[:60]
    return f"{command} description {text}" if text else command
