"""Arista EOS by NAPALM's own driver, behind the contract of this platform's drivers.

The session on the box has the number of the change, so that a restarted controller confirms or
takes back what its forerunner left. NAPALM's driver works over SSH, where it does not look
at what the box says to a line, and where closing it aborts a commit that waits for its
confirmation. Both are put right here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from napalm.base import models
from napalm.base.exceptions import (
    ConnectionException,
    MergeConfigException,
    ReplaceConfigException,
    SessionLockedException,
)
from napalm.eos.eos import EOSDriver
from netmiko.exceptions import (
    ConfigInvalidException,
    NetmikoAuthenticationException,
    NetmikoTimeoutException,
    ReadException,
)
from paramiko.ssh_exception import SSHException

from device_configs.drivers.candidate import Candidate, LoadKind
from device_configs.drivers.change_driver import ChangeDriver, new_change_id
from device_configs.drivers.eos.texts import refused_line, without_comments, without_secrets
from device_configs.drivers.refusals import (
    CandidateRefused,
    ChangePending,
    CommitRefused,
    ConnectionFailed,
    DeviceSilent,
    NoPendingCommit,
    NotPossible,
    RevertRefused,
    SecondWriter,
    SignInRefused,
)
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.i18n import message

LEAST_S, MOST_S = 1, 86_399
_REFUSED = r"^% .*"
_PREVIEW = "-preview"


class AristaEosDriver(ChangeDriver):
    """A box with configuration sessions. ``optional_args``: netmiko's."""

    platform = "arista_eos"
    revert_class = RevertClass.NATIVE

    _eos: Any = None
    """NAPALM's driver, whose methods say no types."""
    _committed = False
    pair_role = ""
    """No half of an EOS pair copies its configuration to the other one."""

    def open(self) -> None:
        options = {**self.netmiko_optional_args, "transport": "ssh"}
        made: Any = EOSDriver
        eos = made(self.hostname, self.username, self.password, self.timeout, options)
        try:
            eos.open()
        except NetmikoAuthenticationException as error:
            raise SignInRefused(
                message("{host} 不接受账号 {username}。", host=self.hostname,
                        username=self.username),
                message("请核对账号、口令或密钥。"),
            ) from error  # fmt: skip
        except (ConnectionException, NetmikoTimeoutException, SSHException, OSError) as error:
            raise ConnectionFailed(
                message("{host} 连接不上：{reason}", host=self.hostname, reason=error)
            ) from error
        eos.device.send_config_set = partial(eos.device.send_config_set, error_pattern=_REFUSED)
        self._eos = eos

    def close(self) -> None:
        if self._eos is not None:
            self._eos.config_session = None  # else NAPALM aborts it, a waiting commit as well
            self._eos.close()
        self._eos = None

    def is_alive(self) -> models.AliveDict:
        # NAPALM's own sends a NUL to find out.
        return {"is_alive": self._eos is not None and bool(self._eos.is_alive()["is_alive"])}

    def compare_config(self) -> str:
        if self._candidate is None:
            return ""
        return self.steps.preview()[1]

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        del message  # the box keeps none
        candidate = self._loaded()
        if revert_in is not None and not LEAST_S <= revert_in <= MOST_S:
            raise NotPossible(_time_out_of_range())
        self._require_nothing_pending()
        with self._session(self.change_id) as eos:
            self._fill(eos, candidate)
            intended = self._text(eos, f"show session-config named {self.change_id}")
            eos.config_session = self.change_id
            eos.commit_config(revert_in=revert_in)
            eos.config_session = None
            self._require_in_force(eos, intended)
        self._committed = revert_in is None
        self._candidate = None

    def confirm_commit(self) -> None:
        with self._session(self.change_id) as eos:
            self._require_mine(eos)
            eos.config_session = self.change_id
            eos.confirm_commit()
            self._committed = True
        self.change_id = new_change_id()

    def has_pending_commit(self) -> bool:
        return self.steps.pending() is not None

    def discard_config(self) -> None:
        self._candidate = None

    def rollback(self) -> None:
        """Take the waiting change back, else the last one that this object made or confirmed."""
        with self._session(self.change_id) as eos:
            pending = self.steps.pending()
            if pending is not None and pending != self.change_id:
                raise _pending(pending)
            if pending is None and not self._committed:
                raise NoPendingCommit(message("没有可以回退的变更。"))
            eos.config_session = self.change_id
            eos.rollback()
            eos.config_session = None
            if self.steps.pending() is not None:
                raise RevertRefused(message("设备没有结束试运行。"))
        self._committed = False
        self.change_id = new_change_id()

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> models.ConfigDict:
        with self._session("") as eos:
            found: models.ConfigDict = {"running": "", "candidate": "", "startup": ""}
            if retrieve in ("running", "all"):
                found["running"] = self._text(eos, "show running-config")
            if retrieve in ("startup", "all"):
                found["startup"] = self._text(eos, "show startup-config")
        if retrieve in ("candidate", "all") and self._candidate:
            found["candidate"] = self._candidate.text
        if not sanitized:
            return found
        return {
            "running": without_secrets(found["running"]),
            "startup": without_secrets(found["startup"]),
            "candidate": without_secrets(found["candidate"]),
        }

    def get_facts(self) -> models.FactsDict:
        with self._session("") as eos:
            facts: models.FactsDict = eos.get_facts()
        return facts

    def get_interfaces(self) -> dict[str, models.InterfaceDict]:
        with self._session("") as eos:
            interfaces: dict[str, models.InterfaceDict] = eos.get_interfaces()
        return interfaces

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, Any]:
        with self._session("") as eos:
            return {command: self._text(eos, command) for command in commands}

    @property
    def steps(self) -> EosSteps:
        """What goes beyond NAPALM; no methods here, for its tests admit none but its own."""
        return EosSteps(self)

    @contextmanager
    def _session(self, name: str) -> Iterator[Any]:
        """NAPALM's driver; its own exceptions, and netmiko's, as refusals.

        Where something fails, the session of this ``name`` is aborted unless it is in force.
        """
        if self._eos is None:
            raise ConnectionFailed(message("会话没有打开。"))
        try:
            yield self._eos
        except SessionLockedException as error:
            raise SecondWriter(
                message("另一个配置会话尚未提交。"), message("请等待其结束，或在设备上中止该会话。")
            ) from error
        except (MergeConfigException, ReplaceConfigException, ConfigInvalidException) as error:
            self._abort(self._eos, name)
            if isinstance(error, CandidateRefused):
                raise
            raise CandidateRefused(
                message("设备不接受这一行：{line}", line=refused_line(str(error))),
                message("设备配置没有改变。"),
            ) from error
        except (ReadException, NetmikoTimeoutException) as error:
            raise DeviceSilent(
                message("{host} 没有按时应答。", host=self.hostname),
                message("请登录设备核对，再决定是否重试。"),
            ) from error
        except (SSHException, OSError, EOFError) as error:
            raise ConnectionFailed(message("与 {host} 的会话中断。", host=self.hostname)) from error

    def _fill(self, eos: Any, candidate: Candidate) -> None:
        """Load a candidate into a session of the change's number; the box judges each line."""
        eos.config_session = self.change_id
        eos._lock()  # NAPALM's own waits for ten seconds first
        eos.lock_disable = True
        if candidate.kind is LoadKind.REPLACE:
            eos.load_replace_candidate(config=without_comments(candidate.text))
        else:
            eos.load_merge_candidate(config=without_comments(candidate.text))

    def _abort(self, eos: Any, name: str) -> None:
        eos.config_session = None
        eos.device.exit_config_mode()
        if name and self.steps.pending() != name:
            self._text(eos, f"configure session {name} abort")

    def _text(self, eos: Any, command: str) -> str:
        return str(eos.device.send_command(command)) + "\n"

    def _require_in_force(self, eos: Any, intended: str) -> None:
        if without_comments(self._text(eos, "show running-config")) != without_comments(intended):
            raise CommitRefused(message("设备没有按候选配置运行。"), message("请登录设备核对。"))

    def _require_nothing_pending(self) -> None:
        pending = self.steps.pending()
        if pending is not None:
            raise _pending(pending)

    def _require_mine(self, eos: Any) -> None:
        pending = self.steps.pending()
        if pending != self.change_id:
            raise NoPendingCommit(
                message("变更 {token} 没有在等待确认。", token=self.change_id),
                message("请核对设备当前配置。"),
            )
        del eos


class EosSteps:
    """Steps of a change that NAPALM has no words for, of one driver with an open session."""

    def __init__(self, driver: AristaEosDriver) -> None:
        self._driver = driver

    def pending(self) -> str | None:
        """The session that waits behind a commit timer; None where none does."""
        with self._driver._session("") as eos:
            return next(iter(eos._get_pending_commits()), None)

    def preview(self) -> tuple[str, str]:
        """The whole configuration that the box would have with the candidate, and how it differs,
        by its own word.

        Nothing of it is left on the box. Raises CandidateRefused, SecondWriter.
        """
        driver = self._driver
        candidate = driver._loaded()
        name, own = driver.change_id + _PREVIEW, driver.change_id
        driver.change_id = name
        try:
            with driver._session(name) as eos:
                driver._fill(eos, candidate)
                text = driver._text(eos, f"show session-config named {name}")
                difference = str(eos.compare_config())
                driver._abort(eos, name)
                return text, difference
        finally:
            driver.change_id = own

    def hold(self) -> None:
        """There is no need: a commit behind a timer is the box's own."""
        raise NotPossible(message("EOS 有试运行，不需要不定时的提交。"))

    def save(self) -> None:
        """Make what runs the configuration of the next start. Raises ChangePending."""
        self._driver._require_nothing_pending()
        with self._driver._session("") as eos:
            self._driver._text(eos, "write memory")

    def restore(self, text: str) -> None:
        """Back to a whole configuration that ran before, and save it. Raises ChangePending."""
        self._driver.load_replace_candidate(config=text)
        self._driver.commit_config()


def _pending(name: str) -> ChangePending:
    return ChangePending(
        message("变更 {token} 正等待确认。", token=name), message("请先确认或回退它。")
    )


def _time_out_of_range() -> str:
    return message("revert_in 必须在 {least} 到 {most} 秒之间。", least=LEAST_S, most=MOST_S)
