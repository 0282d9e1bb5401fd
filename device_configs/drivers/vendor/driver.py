"""What the drivers of VRP and Comware share."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from napalm.base import models

from device_configs.drivers.candidate import Candidate
from device_configs.drivers.change_driver import ChangeDriver, new_change_id
from device_configs.drivers.refusals import ConnectionFailed
from device_configs.drivers.vendor.box import VendorBox
from device_configs.drivers.vendor.masking import without_vendor_secrets
from device_configs.drivers.vendor.speech import VendorSpeech
from device_configs.drivers.vendor.terminal import LineTerminal, connect_line
from ops_core.kernel.i18n import message


class VendorChange(Protocol):
    """How a box takes a change."""

    def compare(self, candidate: Candidate) -> str: ...

    def commit(
        self, candidate: Candidate, change_id: str, revert_in_s: int | None, why: str
    ) -> None: ...

    def confirm(self, change_id: str) -> None: ...

    def pending(self) -> str | None: ...

    def roll_back(self, change_id: str) -> None: ...

    def hold(self, candidate: Candidate) -> None: ...

    def save(self) -> None: ...

    def go_back(self, text: str) -> None: ...


class VendorDriver(ChangeDriver):
    """A box behind a terminal. ``optional_args``: netmiko's; ``management`` (True: a whole
    configuration also changes the lines by which the box is reached); ``revert``, see the platform.
    """

    speech: ClassVar[VendorSpeech]
    device_type: ClassVar[str]

    _box: VendorBox | None = None
    _change: VendorChange | None = None

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(hostname, username, password, timeout, optional_args)
        options = optional_args or {}
        self._management = bool(options.get("management", False))
        self._revert = str(options.get("revert", ""))

    def open(self) -> None:
        options = {"conn_timeout": self.timeout, **self.netmiko_optional_args}
        connection = connect_line(
            self.hostname, self.username, self.password, self.device_type, **options
        )
        try:
            box = VendorBox(LineTerminal(connection, self.speech, self.timeout))
            self._change = self._change_of(box)
        except Exception:
            connection.disconnect()
            raise
        self._box = box

    def _change_of(self, box: VendorBox) -> VendorChange:
        """How this box takes a change; asks it where the family alone does not say."""
        raise NotImplementedError

    def close(self) -> None:
        if self._box is not None:
            self._box.terminal.hang_up()
        self._box = self._change = None

    def is_alive(self) -> models.AliveDict:
        return {"is_alive": self._box is not None and self._box.terminal.is_open}

    def compare_config(self) -> str:
        return self._steps().compare(self._candidate) if self._candidate else ""

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        self._steps().commit(self._loaded(), self.change_id, revert_in, message)
        self._candidate = None

    def confirm_commit(self) -> None:
        self._steps().confirm(self.change_id)
        self.change_id = new_change_id()

    def has_pending_commit(self) -> bool:
        return self._steps().pending() is not None

    @property
    def steps(self) -> ChangeSteps:
        """What goes beyond NAPALM; no methods here, for its tests admit none but its own."""
        return ChangeSteps(self)

    @property
    def pair_role(self) -> str:
        """``HRP_M``, ``HRP_S``, ``RBM_P``, ``RBM_S`` of a firewall pair's half, else ""."""
        return "" if self._box is None else self._box.terminal.prompt.pair

    def discard_config(self) -> None:
        self._candidate = None

    def rollback(self) -> None:
        self._steps().roll_back(self.change_id)
        self.change_id = new_change_id()

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> models.ConfigDict:
        box = self._open_box()
        found: models.ConfigDict = {"running": "", "candidate": "", "startup": ""}
        if retrieve in ("running", "all"):
            found["running"] = box.running()
        if retrieve in ("startup", "all"):
            found["startup"] = box.saved()
        if retrieve in ("candidate", "all") and self._candidate:
            found["candidate"] = self._candidate.text
        if sanitized:
            return {
                "running": without_vendor_secrets(found["running"]),
                "startup": without_vendor_secrets(found["startup"]),
                "candidate": without_vendor_secrets(found["candidate"]),
            }
        return found

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, Any]:
        """What the box answers to each command in the user view."""
        box = self._open_box()
        box.to_user_view()
        return {command: box.terminal.ask(command) for command in commands}

    def _shown(self, command: str) -> str:
        return self._open_box().terminal.ask_whole(command)

    def _open_box(self) -> VendorBox:
        if self._box is None:
            raise ConnectionFailed(message("会话没有打开。"))
        return self._box

    def _steps(self) -> VendorChange:
        if self._change is None:
            raise ConnectionFailed(message("会话没有打开。"))
        return self._change


class ChangeSteps:
    """Steps of a change that NAPALM has no words for, of one driver with an open session."""

    def __init__(self, driver: VendorDriver) -> None:
        self._driver = driver

    def pending(self) -> str | None:
        """The number of the change that waits; "" for one without a number, None for none."""
        return self._driver._steps().pending()

    def hold(self) -> None:
        """Bring the candidate into force without a watch and without saving it.

        Only an inverse patch (:meth:`restore`) or a restart takes it back: for the halves
        of a pair that copy lines to each other, where a watch of one half would leave the other one
        as it is. :meth:`save` keeps it. Raises NotPossible for a box with a candidate, which
        has a trial of its own.
        """
        self._driver._steps().hold(self._driver._loaded())
        self._driver._candidate = None

    def save(self) -> None:
        """Make what runs the configuration of the next start. Raises ChangePending."""
        self._driver._steps().save()

    def restore(self, text: str) -> None:
        """Back to a whole configuration that ran before, management lines included.

        Raises RevertRefused where the box is not there afterwards, ChangePending while a change
        waits.
        """
        self._driver._steps().go_back(text)


def log_buffer(driver: VendorDriver) -> str:
    """The log lines that a box keeps; what it answers where it keeps none.

    No method: NAPALM's own tests admit none that its base class has not.
    """
    box = driver._open_box()
    box.to_user_view()
    return box.terminal.ask("display logbuffer", is_log=True)
