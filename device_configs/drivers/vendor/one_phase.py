"""Boxes whose lines work at once: VRP 5, USG, Comware.

Our model of the box says first where the lines lead; a line it does not know is not sent. A watch
of the box stands behind the change; a refused line is followed by the way back in the same session.
"""

from __future__ import annotations

from device_configs.drivers.candidate import Candidate
from device_configs.drivers.refusals import (
    CandidateRefused,
    ChangePending,
    CommitRefused,
    DriverRefusal,
    NoPendingCommit,
    NotPossible,
    RevertRefused,
    SecondWriter,
)
from device_configs.drivers.vendor.box import VendorBox
from device_configs.drivers.vendor.targets import Target, target_of
from device_configs.drivers.vendor.watches import PlannedReboot, RevertWatch, minutes_of
from device_configs.patches.patch import make_patch
from ops_core.kernel.i18n import message


class OnePhaseChange:
    """The steps of a change; ``watch`` is None where only an inverse patch takes it back."""

    def __init__(self, box: VendorBox, watch: RevertWatch | None, *, management: bool) -> None:
        self._box = box
        self._watch = watch
        self._management = management
        self._before: str | None = None

    def compare(self, candidate: Candidate) -> str:
        """The commands that lead there, view by view, secrets masked."""
        return self._target(candidate, self._box.running()).patch.text.rstrip("\n")

    def commit(
        self, candidate: Candidate, change_id: str, revert_in_s: int | None, why: str
    ) -> None:
        """Send the lines behind a watch, read back, and keep or take back."""
        if revert_in_s is not None and self._watch is None:
            raise NotPossible(
                message("这台设备只能用逆向补丁回退，不能定时回退。"),
                message("请不带 revert_in 提交，或改用 revert=reboot。"),
            )
        self._require_nothing_pending()
        running = self._box.running()
        target = self._target(candidate, running)
        name = self._begin(change_id, revert_in_s, running)
        self._bring(target, name)
        self._before = running
        if revert_in_s is None:
            if name is not None and self._watch is not None:
                self._watch.end(name)
            self._box.save()
        self._box.to_user_view()

    def hold(self, candidate: Candidate) -> None:
        """Send the lines without a watch, read back, keep or take back; nothing is saved."""
        self._require_nothing_pending()
        self._bring(self._target(candidate, self._box.running()), None)
        self._box.to_user_view()

    def _bring(self, target: Target, name: str | None) -> None:
        try:
            self._box.send(target.lines)
            self._require_in_force(target)
        except (CandidateRefused, CommitRefused, NotPossible, SecondWriter):
            self._back(target, name)
            raise

    def confirm(self, change_id: str) -> None:
        """End the watch, then save."""
        mark = self._watch.mark() if self._watch else None
        if self._watch is None or mark is None or mark[0] != change_id:
            raise NoPendingCommit(
                message("变更 {token} 没有在等待确认。", token=change_id),
                message("请核对设备当前配置。"),
            )
        if self._before is None:
            self._before = self._box.terminal.ask_whole(f"more {mark[1]}") + "\n"
        self._watch.end(mark[1])
        self._box.save()

    def pending(self) -> str | None:
        """The number of the change that a watch stands behind; None where none does."""
        mark = self._watch.mark() if self._watch else None
        return None if mark is None else mark[0]

    def save(self) -> None:
        """What runs is that of the next start. Raises ChangePending while a watch runs."""
        self._require_nothing_pending()
        self._box.save()

    def go_back(self, text: str) -> None:
        """Send what leads back to a configuration that ran before; what is saved stays."""
        self._require_nothing_pending()
        self._patch_to(text)
        self._box.to_user_view()

    def roll_back(self, change_id: str) -> None:
        """Take the waiting change back, else what this driver made or confirmed, by a patch."""
        mark = self._watch.mark() if self._watch else None
        if mark is not None and mark[0] != change_id:
            raise ChangePending(message("变更 {token} 正等待确认。", token=mark[0]))
        if mark is not None:
            before = self._box.terminal.ask_whole(f"more {mark[1]}") + "\n"
        elif self._before is not None:
            before = self._before
        else:
            raise NoPendingCommit(message("没有可以回退的变更。"))
        self._patch_to(before)
        if mark is not None and self._watch is not None:
            self._watch.end(mark[1])
        else:
            self._box.save()
        self._before = None

    def _begin(self, change_id: str, revert_in_s: int | None, running: str) -> str | None:
        reboot = isinstance(self._watch, PlannedReboot)
        if self._watch is None or (reboot and revert_in_s is None):
            return None
        if reboot and not self._same(running, self._box.saved()):
            raise CommitRefused(
                message("运行配置与保存的配置不同，重启不能回到变更前。"), message("请先保存。")
            )
        return self._watch.begin(change_id, minutes_of(revert_in_s or 4 * 60))

    def _require_in_force(self, target: Target) -> None:
        left = target.left_from(self._box.running())
        if not left.empty:
            raise CommitRefused(
                message("设备没有按候选配置运行，已恢复原配置：{faults}", faults=left.text)
            )

    def _back(self, target: Target, name: str | None) -> None:
        """The way back from wherever the lines ended, in the same session."""
        try:
            lines = target.back_from(self._box.running()).lines
            self._box.send(lines)
            left = target.is_back(self._box.running())
        except DriverRefusal as error:
            raise self._half(error.detail) from error
        if not left.empty:
            raise self._half(left.text)
        if name is not None and self._watch is not None:
            self._watch.end(name)
        self._box.to_user_view()

    def _patch_to(self, before: str) -> None:
        family = self._box.speech.family
        running = self._box.running()
        self._box.send(make_patch(family, running, before, management=True, shown=True).lines)
        left = make_patch(family, self._box.running(), before, management=True)
        if not left.empty:
            raise self._half(left.text)

    def _half(self, reason: str) -> RevertRefused:
        return RevertRefused(
            message("设备没有回到变更前：{reason}", reason=reason),
            message("请登录设备核对。"),
        )

    def _same(self, one: str, other: str) -> bool:
        return make_patch(self._box.speech.family, one, other, management=True).empty

    def _target(self, candidate: Candidate, running: str) -> Target:
        return target_of(self._box.speech.family, running, candidate, management=self._management)

    def _require_nothing_pending(self) -> None:
        mark = self._watch.mark() if self._watch else None
        if mark is not None:
            raise ChangePending(
                message("变更 {token} 正等待确认。", token=mark[0]),
                message("请先确认或回退它。"),
            )
