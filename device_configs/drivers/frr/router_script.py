"""The router's side of a change (``frr-change.sh``), called over SSH."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from device_configs.drivers.candidate import Candidate, LoadKind
from device_configs.drivers.frr.shell import CommandConnection, CommandResult
from device_configs.drivers.refusals import CommitRefused, RevertRefused
from ops_core.kernel.i18n import message

HOME = "/var/lib/frr-change"
_SOURCE = files("device_configs.drivers.frr").joinpath("frr-change.sh").read_text("utf-8")
# Its name holds what it says: a router keeps the script of a running timer while another arrives.
_SCRIPT = f"{HOME}/frr-change-{hashlib.sha256(_SOURCE.encode()).hexdigest()[:12]}"


class PendingState(StrEnum):
    """Where the last change on a router stands."""

    NONE = "none"
    PENDING = "pending"
    """Waits for its confirmation; the timer runs."""
    LOST = "lost"
    """Waits, but its timer is gone (the router restarted): nobody takes it back."""
    REVERTED = "reverted"
    STUCK = "stuck"
    """The timer ran out, and the router did not go back to its snapshot."""


@dataclass(frozen=True, slots=True)
class ChangeOnRouter:
    """``seconds_left`` until the timer takes the change back, where it waits."""

    state: PendingState
    token: str = ""
    seconds_left: int = 0

    @property
    def waits(self) -> bool:
        return self.state in (PendingState.PENDING, PendingState.LOST)


class RouterScript:
    """The verbs of the script; it is put on the router at the first use."""

    def __init__(self, connection: CommandConnection, timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._installed = False

    def call(self, verb: str, *words: str | int, longer_s: float = 0) -> CommandResult:
        """Run a verb; ``longer_s`` is added to the usual time."""
        self._install()
        command = shlex.join(["sh", _SCRIPT, verb, *(str(word) for word in words)])
        return self._connection.run(command, timeout_s=self._timeout_s + longer_s)

    def status(self) -> ChangeOnRouter:
        """Where the last change stands.

        :raises RevertRefused: the router does not say.
        """
        words = self.call("status").text.split()
        try:
            left = int(words[2]) if len(words) > 2 else 0
            return ChangeOnRouter(PendingState(words[0]), "".join(words[1:2]), left)
        except (ValueError, IndexError) as error:
            raise RevertRefused(
                message("设备没有说明是否有变更等待确认。"),
                message("请登录设备，查看目录 {folder}。", folder=HOME),
            ) from error

    def check(self, token: str, candidate: Candidate) -> CommandResult:
        """Put the candidate beside the script and ask FRR whether it knows the lines (status 0, 1).

        :raises CommitRefused: there is no room for it.
        """
        self._install()
        kind = "whole" if candidate.kind is LoadKind.REPLACE else "lines"
        size = len(candidate.text.encode())
        command = shlex.join(["sh", _SCRIPT, "check", token, kind, str(size)])
        result = self._connection.run(command, stdin=candidate.text, timeout_s=self._timeout_s)
        if result.code == 5:
            self._require_room(result)
        return result

    def _install(self) -> None:
        if self._installed:
            return
        size = len(_SOURCE.encode())
        command = (
            f"umask 077; mkdir -p {HOME} && touch {HOME}/vtysh.conf || exit 5;"
            f" cp /etc/frr/vtysh.conf {HOME}/vtysh.conf 2>/dev/null;"
            f" cat >{_SCRIPT}.new && [ $(wc -c <{_SCRIPT}.new) = {size} ]"
            f" && mv {_SCRIPT}.new {_SCRIPT} || {{ rm -f {_SCRIPT}.new; exit 5; }}"
        )
        self._require_room(self._connection.run(command, stdin=_SOURCE, timeout_s=self._timeout_s))
        self._installed = True

    def _require_room(self, result: CommandResult) -> None:
        if result.code != 0:
            raise CommitRefused(
                message("设备上写不了文件：{reason}", reason=result.faults.strip() or HOME),
                message("请检查磁盘空间与账号权限；设备配置没有改变。"),
            )
