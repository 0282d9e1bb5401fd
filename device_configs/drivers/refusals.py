"""What a driver refuses, as NAPALM's exceptions and as refusals a person can act upon.

A NAPALM script catches NAPALM's classes; the platform shows title, detail and remedy. Printed by a
program they read in English, like everything else of the command line.
"""

from __future__ import annotations

from napalm.base import exceptions as napalm

from ops_core.kernel.errors import Conflict, DomainError, Invalid
from ops_core.kernel.i18n import Language, Message, message, translate

__all__ = [
    "AnswerUnreadable",
    "CandidateMissing",
    "CandidateRefused",
    "ChangePending",
    "CommitRefused",
    "ConnectionFailed",
    "DeviceSilent",
    "DriverRefusal",
    "NoPendingCommit",
    "NotPossible",
    "RevertRefused",
    "SecondWriter",
    "SignInRefused",
]


class DriverRefusal(DomainError):
    """A device, or the driver in its place, does not do what was asked."""

    title_of_class: Message = message("设备拒绝了操作")

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(self.title_of_class, detail, remedy)

    def __str__(self) -> str:
        texts = (
            translate(text, Language.ENGLISH) for text in (self.title, self.detail, self.remedy)
        )
        return "\n".join(text for text in texts if text)


class ConnectionFailed(DriverRefusal, napalm.ConnectionException):
    """The device cannot be reached, or the session ended."""

    title_of_class = message("设备连接不上或会话已中断")


class SignInRefused(DriverRefusal, napalm.ConnectAuthError):
    """The device knows neither the name nor the key or password."""

    title_of_class = message("设备拒绝登录")


class DeviceSilent(DriverRefusal, napalm.CommandTimeoutException):
    """No answer in time: what the device did is unknown."""

    title_of_class = message("设备没有按时应答")


class AnswerUnreadable(DriverRefusal, napalm.CommandErrorException):
    """The answer is not what such a command is answered: what the device has is unknown."""

    title_of_class = message("设备的应答无法识别")


class CandidateRefused(DriverRefusal, napalm.MergeConfigException, napalm.ReplaceConfigException):
    """The device does not take a line of the candidate; nothing of it is in force."""

    title_of_class = message("设备不接受配置行")


class CommitRefused(DriverRefusal, napalm.CommitError):
    """The candidate did not come into force; the former configuration runs."""

    title_of_class = message("配置提交失败")


class RevertRefused(DriverRefusal, napalm.CommitConfirmException):
    """The device is neither fully old nor fully new, or cannot say so: a person must look."""

    title_of_class = message("配置回退失败")


class ChangePending(DriverRefusal, Conflict, napalm.CommitConfirmException):
    """Another change waits for its confirmation."""

    title_of_class = message("已有变更等待确认")


class NoPendingCommit(DriverRefusal, Conflict, napalm.CommitConfirmException):
    """There is nothing to confirm."""

    title_of_class = message("没有等待确认的变更")


class SecondWriter(DriverRefusal, Conflict, napalm.SessionLockedException):
    """Somebody else configures the device."""

    title_of_class = message("设备正被他人配置")


class NotPossible(DriverRefusal, Invalid, napalm.CommitError):
    """The platform has no means for what was asked."""

    title_of_class = message("该平台做不到")


class CandidateMissing(DriverRefusal, Invalid, napalm.MergeConfigException):
    """What was given to load is no configuration."""

    title_of_class = message("没有可用的候选配置")
