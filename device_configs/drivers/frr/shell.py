"""Commands on a Linux router over SSH."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException
from netmiko.linux.linux_ssh import LinuxSSH
from paramiko.ssh_exception import SSHException

from device_configs.drivers.refusals import ConnectionFailed, DeviceSilent, SignInRefused
from ops_core.kernel.i18n import message

if TYPE_CHECKING:
    from paramiko import Channel


@dataclass(frozen=True, slots=True)
class CommandResult:
    """``code`` is the exit status; ``text`` is standard output, ``faults`` standard error."""

    code: int
    text: str
    faults: str


class CommandConnection(LinuxSSH):
    """netmiko's session to a Linux host, without a terminal.

    A command has a channel of its own: its exit status and both outputs arrive whole, and no prompt
    has to be guessed.
    """

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        self.remote_conn_pre = self._build_ssh_client()
        self.remote_conn_pre.connect(**self._connect_params_dict())

    def _try_session_preparation(self, force_data: bool = True) -> None:
        return

    def cleanup(self, command: str = "") -> None:
        return

    def run(self, command: str, stdin: str = "", timeout_s: float = 60) -> CommandResult:
        """Run a command of the login shell.

        :raises DeviceSilent: it did not end in time; it may still run.
        :raises ConnectionFailed: the session broke; what the command did is unknown.
        """
        try:
            transport = self.remote_conn_pre.get_transport() if self.remote_conn_pre else None
            if transport is None:
                raise ConnectionFailed(message("与 {host} 的会话已结束。", host=self.host))
            channel = transport.open_session(timeout=timeout_s)
            channel.settimeout(timeout_s)
            return _collected(channel, command, stdin)
        except TimeoutError as error:
            raise DeviceSilent(
                message("{host} 在 {seconds} 秒内没有答完。", host=self.host, seconds=timeout_s),
                message("请登录设备核对，再决定是否重试。"),
            ) from error
        except (SSHException, EOFError, OSError) as error:
            raise ConnectionFailed(
                message("与 {host} 的会话中断：{reason}", host=self.host, reason=error)
            ) from error

    @property
    def is_open(self) -> bool:
        transport = self.remote_conn_pre.get_transport() if self.remote_conn_pre else None
        return transport is not None and bool(transport.is_active())


def _collected(channel: Channel, command: str, stdin: str) -> CommandResult:
    with channel:
        channel.exec_command(command)
        if stdin:
            channel.sendall(stdin.encode())
        channel.shutdown_write()
        text = channel.makefile("rb").read()
        faults = channel.makefile_stderr("rb").read()
        code = channel.recv_exit_status()
    if code < 0:
        raise EOFError("the session ended before the command")
    return CommandResult(code, text.decode(errors="replace"), faults.decode(errors="replace"))


def connect(host: str, username: str, password: str, **options: Any) -> CommandConnection:
    """A session to a Linux host; ``options`` are netmiko's.

    :raises SignInRefused: name, key or password are not taken.
    :raises ConnectionFailed: the host does not answer.
    """
    try:
        return CommandConnection(
            device_type="linux", host=host, username=username, password=password, **options
        )
    except NetmikoAuthenticationException as error:
        raise sign_in_refused(host, username) from error
    except (NetmikoTimeoutException, SSHException, OSError) as error:
        if "Authentication" in type(error).__name__:
            raise sign_in_refused(host, username) from error
        raise ConnectionFailed(
            message("{host} 连接不上：{reason}", host=host, reason=error)
        ) from error


def sign_in_refused(host: str, username: str) -> SignInRefused:
    """The refusal for a name that a host does not let in."""
    return SignInRefused(
        message("{host} 不接受账号 {username}。", host=host, username=username),
        message("请核对账号、口令或密钥。"),
    )
