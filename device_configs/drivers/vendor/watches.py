"""What takes a change back on a box whose lines work at once, and how one sees that it runs."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta

from device_configs.drivers.refusals import AnswerUnreadable, CommitRefused, NotPossible
from device_configs.drivers.revert_class import RevertClass
from device_configs.drivers.vendor.box import VendorBox
from ops_core.kernel.i18n import message

_MARK = re.compile(r"\b(?P<id>zs-[0-9a-f]+)-(?P<deadline>\d{12})\.cfg\b")
_LISTING = re.compile(r"[Dd]irectory of|\b(?:total|free)\b")
_COMWARE_CLOCK = "%H:%M:%S %m/%d/%Y"
_VRP_CLOCK = "%Y-%m-%d %H:%M:%S"


def minutes_of(seconds: int) -> int:
    """Whole minutes, rounded up: these platforms count no seconds."""
    return max(1, -(-seconds // 60))


def read_clock(answer: str) -> datetime:
    """The box's own time, from ``display clock``. Pure.

    :raises ValueError: it holds none.
    """
    vrp = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", answer)
    if vrp:
        return datetime.strptime(vrp.group(), _VRP_CLOCK).replace(tzinfo=UTC)
    found = re.search(r"(\d\d:\d\d:\d\d)\S* .*?(\d\d/\d\d/\d{4})", answer)
    if found is None:
        raise ValueError(answer)
    shown = f"{found.group(1)} {found.group(2)}"
    return datetime.strptime(shown, _COMWARE_CLOCK).replace(tzinfo=UTC)


class RevertWatch(ABC):
    """A change's snapshot lies on the box in a file whose name holds number and deadline."""

    revert_class: RevertClass

    def __init__(self, box: VendorBox) -> None:
        self._box = box

    def begin(self, change_id: str, minutes: int) -> str:
        """Store what runs, then start the watch; the name of the file."""
        self._box.to_user_view()
        due = self._now() + timedelta(minutes=minutes)
        name = f"{change_id}-{due:%Y%m%d%H%M}.cfg"
        self._store(name)
        self._start(minutes)
        return name

    def mark(self) -> tuple[str, str] | None:
        """Number and file of the change that waits; None where none does."""
        self._box.to_user_view()
        listing = self._box.terminal.ask("dir")
        if not _LISTING.search(listing):
            raise AnswerUnreadable(
                message("设备没有列出存储中的文件。"), message("请登录设备核对。")
            )
        found = [m for m in _MARK.finditer(listing) if self._runs(m)]
        return (found[-1]["id"], found[-1].group()) if found else None

    def end(self, name: str) -> None:
        """Stop the watch for good; the change stays."""
        self._stop()
        self._box.to_user_view()
        self._box.terminal.ask(f"delete /unquoted {name}", {"": "y"})

    def _now(self) -> datetime:
        try:
            return read_clock(self._box.terminal.ask("display clock"))
        except ValueError as error:
            raise CommitRefused(message("读不出设备时钟。")) from error

    def _runs(self, mark: re.Match[str]) -> bool:
        due = datetime.strptime(mark["deadline"], "%Y%m%d%H%M").replace(tzinfo=UTC)
        # The name holds whole minutes: until the minute is over, the box may still be at it.
        return self._now() < due + timedelta(minutes=1) and self._still_runs()

    def _still_runs(self) -> bool:
        return True

    @abstractmethod
    def _store(self, name: str) -> None: ...

    @abstractmethod
    def _start(self, minutes: int) -> None: ...

    @abstractmethod
    def _stop(self) -> None: ...


class CommitDelay(RevertWatch):
    """Comware: ``configuration commit delay`` goes back to the point unless it is committed."""

    revert_class = RevertClass.NATIVE

    def _store(self, name: str) -> None:
        self._box.do(f"save {name} force", timeout_s=4 * self._box.terminal.timeout_s)

    def _start(self, minutes: int) -> None:
        self._box.to_system_view()
        try:
            self._box.do(f"configuration commit delay {minutes}")
        except CommitRefused as error:
            raise NotPossible(
                message("这台设备没有 configuration commit delay：{reason}", reason=error.detail),
                message("请改用 revert=reboot。"),
            ) from error

    def _stop(self) -> None:
        self._box.to_system_view()
        self._box.do("configuration commit")

    def go_back(self, name: str) -> None:
        """To the snapshot at once."""
        self._box.to_system_view()
        answer = self._box.do(f"configuration replace file {name}", sure=False, timeout_s=120)
        if "Succeeded" not in answer:
            raise CommitRefused(message("设备没有回到变更前：{reason}", reason=answer[-200:]))


class PlannedReboot(RevertWatch):
    """A restart into the saved configuration, unless it is called off."""

    revert_class = RevertClass.REBOOT

    def _store(self, name: str) -> None:
        force = " force" if self._box.speech.family == "h3c_comware" else ""
        self._box.do(f"save {name}{force}", timeout_s=4 * self._box.terminal.timeout_s)

    def _start(self, minutes: int) -> None:
        self._box.do(f"schedule reboot delay {minutes}")
        if not self._still_runs():
            raise CommitRefused(message("设备没有排定重启。"))

    def _stop(self) -> None:
        self._box.to_user_view()
        self._box.do("undo schedule reboot")

    def _still_runs(self) -> bool:
        answer = self._box.terminal.ask("display schedule reboot")
        return re.search(r"[Rr]eboot at|will reboot", answer) is not None
