"""A dialogue with a box over netmiko: one line, one answer, no fixed waits.

netmiko's own methods wait for silence before they believe a prompt (2 to 7 s each). Here the answer
is over when the prompt stands at the end after the line's echo, or a question does.
"""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netmiko.base_connection import BaseConnection
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException
from paramiko.ssh_exception import SSHException

from device_configs.drivers.refusals import ConnectionFailed, DeviceSilent, SignInRefused
from device_configs.drivers.vendor.speech import (
    Prompt,
    VendorSpeech,
    answer_of,
    pager_at_end,
    prompt_at_end,
    question_at_end,
    readable,
)
from device_configs.grammar.lines import read_line
from device_configs.grammar.masking import masked
from ops_core.kernel.i18n import message

if TYPE_CHECKING:
    from paramiko import Channel

_NOTHING = re.compile(r"(?!)")
_LOGIN_QUESTIONS = re.compile(r"[Cc]hange now|change the (?:initial )?password|security risks")
_PRESS_A_KEY = re.compile(r"Press (?:Y or )?ENTER to continue[^\n]*$|press any key[^\n]*$", re.I)


class LineConnection(BaseConnection):
    """netmiko's session to a box, without its ways of finding the prompt."""

    def _try_session_preparation(self, force_data: bool = True) -> None:
        return

    def special_login_handler(self, delay_factor: float = 1.0) -> None:
        return

    def cleanup(self, command: str = "") -> None:
        return


class LineTerminal:
    """``prompt`` is the last one seen."""

    prompt: Prompt

    def __init__(self, connection: LineConnection, speech: VendorSpeech, timeout_s: float) -> None:
        self._connection = connection
        self._channel: Channel = connection.remote_conn
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.speech = speech
        self.timeout_s = timeout_s
        self._names: frozenset[str] = frozenset()
        self.torn = False
        """Whether a log line fell into the last answer."""
        self._sign_in()

    @property
    def is_open(self) -> bool:
        transport = self._channel.get_transport()
        return not self._channel.closed and transport is not None and transport.is_active()

    def ask(
        self,
        line: str,
        replies: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        *,
        is_log: bool = False,
    ) -> str:
        """Send a line and give its answer; ``replies``: by pattern, what a question is answered.

        ``is_log``: the answer is log lines, which are left out of any other. A question that nobody
        foresaw is answered ``n``; it stands in the answer.

        :raises DeviceSilent: no prompt came in time.
        :raises ConnectionFailed: the session ended; what the box did with the line is unknown.
        """
        if line.startswith("sysname "):
            self._names |= {line.split(maxsplit=1)[1]}
        self._drain()
        self._send(line)
        shown = self._read(line, timeout_s or self.timeout_s)
        whole = shown
        while (question := question_at_end(shown)) is not None:
            reply = next((r for p, r in (replies or {}).items() if re.search(p, question)), "n")
            self._send(reply)
            shown = self._read(reply, timeout_s or self.timeout_s)
            whole += shown
        speech = replace(self.speech, log_line=_NOTHING) if is_log else self.speech
        answer, self.torn = answer_of(whole, line, speech)
        return answer

    def ask_whole(self, line: str) -> str:
        """A long display: asked again while log lines tear it."""
        for _ in range(3):
            answer = self.ask(line)
            if not self.torn:
                return answer
        raise DeviceSilent(
            message("{host} 的日志不断插入输出，无法完整读取。", host=self._connection.host),
            message("请在设备上执行 undo terminal monitor 后重试。"),
        )

    def hang_up(self) -> None:
        """End the session at once, without a word that the box could answer by a question."""
        self._connection.disconnect()

    def _sign_in(self) -> None:
        shown = self._read(None, self.timeout_s)
        while (question := question_at_end(shown)) is not None or _PRESS_A_KEY.search(shown):
            reply = "n" if question and _LOGIN_QUESTIONS.search(shown) else "y" if question else ""
            self._send(reply)
            shown = self._read(None, self.timeout_s)
        self._names = frozenset({self.prompt.name})
        for line in self.speech.quiet:
            self.ask(line)

    def _send(self, line: str) -> None:
        try:
            self._channel.sendall(f"{line}\n".encode())
        except (OSError, SSHException) as error:
            raise self._ended(line) from error

    def _drain(self) -> None:
        while self._channel.recv_ready():
            self._receive(0.1, "")

    def _read(self, echo: str | None, timeout_s: float) -> str:
        """Until the box waits for a line, a key or an answer; ``echo`` must have come before."""
        deadline = time.monotonic() + timeout_s
        raw = ""
        while True:
            tail = readable(raw[-600:])
            # The whole is looked at only where its end may be the end of the answer.
            if pager_at_end(raw[-80:]):
                self._channel.sendall(b" ")
                raw += "\x1b[1D"
            elif tail and (question_at_end(tail) or prompt_at_end(tail, self._names)):
                shown = readable(raw)
                if not echo or echo in shown:
                    after = shown.partition(echo)[2] if echo else shown
                    if question_at_end(after):
                        return shown
                    if (prompt := prompt_at_end(after, self._names)) is not None:
                        self.prompt = prompt
                        return shown
            left = deadline - time.monotonic()
            if left <= 0:
                raise DeviceSilent(
                    message(
                        "{host} 在 {seconds} 秒内没有答完：{line}",
                        host=self._connection.host, seconds=timeout_s, line=_shown(echo),
                    ),
                    message("请登录设备核对，再决定是否重试。"),
                )  # fmt: skip
            raw += self._receive(left, echo or "")

    def _receive(self, timeout_s: float, line: str) -> str:
        self._channel.settimeout(timeout_s)
        try:
            data = self._channel.recv(65536)
        except TimeoutError:
            return ""
        except (OSError, SSHException) as error:
            raise self._ended(line) from error
        if not data:
            raise self._ended(line)
        return self._decoder.decode(data)

    def _ended(self, line: str) -> ConnectionFailed:
        return ConnectionFailed(
            message("与 {host} 的会话中断。", host=self._connection.host),
            message("设备是否已执行最后一行未知：{line}", line=line.split(" ")[0]),
        )


def _shown(line: str | None) -> str:
    """The beginning of a line that was sent, secrets masked."""
    read = read_line(0, line) if line else None
    return masked(read)[:40] if read is not None else ""


def connect_line(
    host: str, username: str, password: str, device_type: str, **options: Any
) -> LineConnection:
    """A session to a box; ``options`` are netmiko's.

    :raises SignInRefused: name, key or password are not taken.
    :raises ConnectionFailed: the box does not answer.
    """
    try:
        return LineConnection(
            device_type=device_type, host=host, username=username, password=password, **options
        )
    except NetmikoAuthenticationException as error:
        raise SignInRefused(
            message("{host} 不接受账号 {username}。", host=host, username=username),
            message("请核对账号、口令或密钥。"),
        ) from error
    except (NetmikoTimeoutException, SSHException, OSError) as error:
        raise ConnectionFailed(
            message("{host} 连接不上：{reason}", host=host, reason=error)
        ) from error
