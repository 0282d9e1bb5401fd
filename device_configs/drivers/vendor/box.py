"""A box at the other end of a terminal: views, lines, the configuration, saving."""

from __future__ import annotations

from collections.abc import Iterable

from device_configs.drivers.refusals import (
    AnswerUnreadable,
    CandidateRefused,
    CommitRefused,
    NotPossible,
    SecondWriter,
)
from device_configs.drivers.vendor.speech import refusal_in
from device_configs.drivers.vendor.terminal import LineTerminal
from device_configs.grammar.lines import read_line
from device_configs.grammar.masking import masked
from ops_core.kernel.i18n import message

_LEAVING = {"Uncommitted": "n"}
_YES = {"": "y"}
_KEEP_NAME = {"file ?name": "", "": "y"}


class VendorBox:
    """What VRP and Comware have in common, in the words of both."""

    def __init__(self, terminal: LineTerminal) -> None:
        self.terminal = terminal
        self.speech = terminal.speech

    def to_user_view(self) -> None:
        """Leave every view; uncommitted lines of this session are dropped."""
        if self.terminal.prompt.in_system:
            self.terminal.ask("return", _LEAVING)

    def to_system_view(self) -> None:
        """Stand in the system view itself."""
        prompt = self.terminal.prompt
        if prompt.in_system and prompt.view:
            while self.terminal.prompt.in_system and self.terminal.prompt.view:
                self.terminal.ask("quit", _LEAVING)
        if not self.terminal.prompt.in_system:
            self.terminal.ask("system-view")

    def running(self) -> str:
        """The running configuration as the box shows it.

        :raises AnswerUnreadable: it is not whole, so that nothing may be decided by it.
        """
        return self._whole("display current-configuration")

    def saved(self) -> str:
        """The configuration of the next start; raises as :meth:`running` does."""
        return self._whole("display saved-configuration")

    def _whole(self, command: str) -> str:
        """A configuration ends with ``return``; a part of one would be taken for another one."""
        shown = self.terminal.ask_whole(command) + "\n"
        if shown.rstrip("\0\n ").rpartition("\n")[2].strip() != "return":
            raise AnswerUnreadable(
                message(
                    "{name}：{command} 的输出不完整。",
                    name=self.terminal.prompt.name,
                    command=command,
                ),
                message("请登录设备核对。"),
            )
        return shown

    def do(self, line: str, *, sure: bool = True, timeout_s: float | None = None) -> str:
        """A command that must succeed; its question is answered by yes (``sure``) or no.

        :raises CommitRefused: the box says that it did not do it.
        """
        answer = self.terminal.ask(line, _YES if sure else {"": "n"}, timeout_s)
        sentence = refusal_in(answer, self.speech)
        if sentence is not None:
            raise self._refused(line, sentence)
        return answer

    def send(self, lines: Iterable[str]) -> None:
        """Lines from the system view, in order; ``quit`` leaves a view.

        :raises CandidateRefused: the box does not take one; those after it are not sent.
        """
        self.to_system_view()
        for line in lines:
            answer = self.terminal.ask(line, _YES)
            sentence = refusal_in(answer, self.speech)
            if sentence is None:
                continue
            if self.speech.second_writer.search(sentence):
                raise self._refused(line, sentence)
            if "standby state" in sentence:
                raise NotPossible(
                    message("{name} 是备机，配置要在主机上做。", name=self.terminal.prompt.name)
                )
            shown = read_line(0, line)
            raise CandidateRefused(
                message(
                    "{name}：{line}：{sentence}",
                    name=self.terminal.prompt.name,
                    line=masked(shown) if shown else line,
                    sentence=sentence,
                )
            )

    def refusal(self, answer: str) -> SecondWriter | CommitRefused | None:
        """The refusal that an answer is, if it is one."""
        sentence = refusal_in(answer, self.speech)
        return None if sentence is None else self._refused("commit", sentence)

    def save(self) -> None:
        """Make the running configuration that of the next start.

        :raises CommitRefused: there is no room, or the box does not say that it saved.
        """
        self.to_user_view()
        command = "save force" if self.speech.family == "h3c_comware" else "save"
        answer = self.terminal.ask(command, _KEEP_NAME, 4 * self.terminal.timeout_s)
        if refusal_in(answer, self.speech) or "successfully" not in answer:
            raise CommitRefused(
                message("配置没有保存：{answer}", answer=answer.strip()[-200:]),
                message("请清理设备存储空间后再保存。"),
            )

    def _refused(self, line: str, sentence: str) -> SecondWriter | CommitRefused:
        verb = " ".join(line.split()[:2])
        if self.speech.second_writer.search(sentence):
            return SecondWriter(message("{verb}：{sentence}", verb=verb, sentence=sentence))
        return CommitRefused(message("{verb}：{sentence}", verb=verb, sentence=sentence))
