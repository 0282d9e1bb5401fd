"""A change of an FRR router: checked, timed, read back, kept or taken back.

``frr-reload`` ends with status 1 on harmless warnings too, and leaves the other lines applied where
a daemon refuses one; so the status is a hint, and what runs afterwards decides.
"""

from __future__ import annotations

import re

from device_configs.drivers.candidate import Candidate
from device_configs.drivers.change_driver import DEFAULT_WATCH_S
from device_configs.drivers.frr.differences import (
    LineChange,
    is_in_force,
    of_candidate,
    read_differences,
    written,
)
from device_configs.drivers.frr.router_script import PendingState, RouterScript
from device_configs.drivers.frr.shell import CommandConnection
from device_configs.drivers.refusals import (
    CandidateRefused,
    ChangePending,
    CommitRefused,
    NoPendingCommit,
    NotPossible,
    RevertRefused,
    SecondWriter,
)
from ops_core.kernel.i18n import message

RUNNING = "--- running\n"
"""Stands before the running configuration in what the script says."""
_FAULTS = re.compile(r"^(?:line \d+: |% ).*$", re.M)


class FrrChange:
    """The steps of a change on one router."""

    def __init__(self, connection: CommandConnection, timeout_s: float) -> None:
        self._connection = connection
        self._script = RouterScript(connection, timeout_s)
        self._checked: tuple[Candidate, str] | None = None

    def compare(self, candidate: Candidate, token: str) -> str:
        """What the candidate would change, as a diff; "" where nothing would.

        :raises CandidateRefused: FRR does not know a line; the device is as it was.
        """
        self._check(candidate, token)
        return written(self._differences(candidate, token))

    def commit(self, candidate: Candidate, token: str, revert_in_s: int | None) -> None:
        """Bring the candidate into force; it goes back by itself unless it is confirmed.

        Without ``revert_in_s`` it is confirmed here, once it was read back.

        :raises ChangePending: another change waits for its confirmation.
        :raises CandidateRefused: FRR does not take a line; the former configuration runs.
        """
        if revert_in_s is not None and not 5 <= revert_in_s <= 86_400:
            raise NotPossible(message("revert_in 必须在 5 到 86400 秒之间。"))
        self._check(candidate, token)
        seconds = DEFAULT_WATCH_S if revert_in_s is None else revert_in_s
        self._checked = None  # the router removes it together with the change
        begun = self._script.call("begin", token, seconds, longer_s=seconds)
        match begun.code:
            case 4:
                self._require_nothing_pending()
                raise SecondWriter(message("设备上另有变更：{reason}", reason=begun.faults.strip()))
            case 5:
                raise CommitRefused(
                    message("变更没有开始：{reason}", reason=begun.faults.strip()),
                    message("设备配置没有改变。"),
                )
        output, _, running = begun.text.partition(RUNNING)
        left = () if is_in_force(candidate, running) else self._differences(candidate, token)
        if left:
            self._take_back(token)
            faults = "\n".join(_FAULTS.findall(output)) or written(left)
            raise CandidateRefused(
                message("设备没有按候选配置运行，已恢复原配置：{faults}", faults=faults),
                message("请修改这些行；FRR 显示的写法可能与候选配置不同。"),
            )
        if revert_in_s is None:
            self.confirm(token)

    def confirm(self, token: str) -> None:
        """Keep the change, over the next start as well.

        :raises NoPendingCommit: the change does not wait; it may have gone back by its timer.
        :raises CommitRefused: it cannot be stored; it still waits, and goes back.
        """
        result = self._script.call("confirm", token)
        match result.code:
            case 0:
                return
            case 3:
                raise NoPendingCommit(
                    message("变更 {token} 没有在等待确认。", token=token), self._what_became_of_it()
                )
        raise CommitRefused(
            message("变更不能保存，因此没有确认：{reason}", reason=result.faults.strip()),
            message("到时间后设备自动恢复原配置。"),
        )

    def is_pending(self) -> bool:
        """Whether a change waits for its confirmation.

        :raises RevertRefused: one waits whose timer is gone, or which did not go back whole.
        """
        found = self._script.status()
        if found.state in (PendingState.LOST, PendingState.STUCK):
            raise RevertRefused(
                message("变更 {token} 的自动回退没有完成。", token=found.token),
                message("请用该编号确认或回退，再核对设备配置。"),
            )
        return found.waits

    def roll_back(self, token: str) -> None:
        """Take the waiting change back, else the last confirmed one.

        :raises RevertRefused: the router does not go back to its snapshot.
        """
        result = self._script.call("revert", token)
        if result.code == 3:
            result = self._script.call("back")
        if result.code == 4:
            raise ChangePending(message("设备上另有变更：{reason}", reason=result.faults.strip()))
        if result.code == 3:
            raise NoPendingCommit(message("没有可以回退的变更。"))
        if result.code != 0:
            raise RevertRefused(message("设备没有回到变更前：{reason}", reason=result.faults))

    def _take_back(self, token: str) -> None:
        result = self._script.call("revert", token)
        if result.code not in (0, 3):
            raise RevertRefused(
                message("设备没有回到变更前：{reason}", reason=result.faults),
                message("定时器到时会再次回退；请登录设备核对。"),
            )

    def _check(self, candidate: Candidate, token: str) -> None:
        if self._checked == (candidate, token):
            return
        checked = self._script.check(token, candidate)
        if checked.code != 0:
            faults = "\n".join(_FAULTS.findall(checked.text)) or checked.text.strip()
            raise CandidateRefused(
                message("FRR 不认识这些行：{faults}", faults=faults),
                message("设备配置没有改变。"),
            )
        self._checked = (candidate, token)

    def _differences(self, candidate: Candidate, token: str) -> tuple[LineChange, ...]:
        shown = self._script.call("difference", token)
        if shown.code != 0:
            raise CommitRefused(message("设备的运行配置读不出来：{reason}", reason=shown.faults))
        differences, _, running = shown.text.partition(RUNNING)
        changes = read_differences(differences)
        return of_candidate(changes, candidate, running)

    def _require_nothing_pending(self) -> None:
        found = self._script.status()
        if found.waits:
            raise ChangePending(
                message("变更 {token} 正等待确认。", token=found.token),
                message("请先确认或回退它。"),
            )

    def _what_became_of_it(self) -> str:
        found = self._script.status()
        if found.state is PendingState.REVERTED:
            return message("设备已自动恢复到变更前的配置。")
        return message("请核对设备当前配置。")
