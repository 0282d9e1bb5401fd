"""One terminal: keys in, screens out, before one session of a box (asyncssh)."""

import asyncio
from typing import Any

import asyncssh

from device_configs.emulator.emulated_box import EmulatedBox
from device_configs.emulator.help_texts import help_lines
from device_configs.emulator.keyboard import LineKeys
from device_configs.emulator.prompts import prompt_of
from device_configs.emulator.respond import Answer
from device_configs.emulator.screens import ERASED, LINE_END, MORE, pages, shown
from device_configs.emulator.typed_screen import TypedScreen

Process = asyncssh.SSHServerProcess[str]


async def serve_terminal(box: EmulatedBox, process: Process) -> None:
    """Serve one shell until it ends; what the session held is free then."""
    if process.command is not None:
        process.stderr.write("Error: The box takes no command without a terminal.\n")
        process.exit(1)
        return
    user = str(process.get_extra_info("username"))
    peer: Any = process.get_extra_info("peername")
    number, greeting, prompt = box.login(user, str(peer[0]) if peer else "127.0.0.1")
    terminal = _Terminal(box, process, number)
    try:
        process.stdout.write(shown(greeting) + LINE_END + prompt)
        await terminal.run()
    except (asyncssh.Error, OSError, asyncio.IncompleteReadError):
        pass  # the connection is gone; the session ends as a cut one does
    finally:
        box.logout(number)
        process.exit(0)


class _Terminal:
    def __init__(self, box: EmulatedBox, process: Process, number: int) -> None:
        self._box, self._process, self._number = box, process, number
        self._screen, self._keys = TypedScreen(process.stdout), LineKeys()
        self._waiting = ""

    async def run(self) -> None:
        while (key := await self._key()) is not None:
            typed = self._keys.press(key)
            if typed.asks_help:
                self._write(typed.echo + LINE_END + self._help())
            elif typed.echo:
                self._write(typed.echo)
            if typed.line is not None and not await self._line(typed.line):
                self._screen.flush()
                return

    async def _line(self, line: str) -> bool:
        """Carry out a line; False when the session is over."""
        answer = self._box.send(self._number, line)
        if (seconds := self._box.state.traits.latency) > 0:
            self._screen.flush()
            await asyncio.sleep(seconds)
        if answer.silent:
            await self._never()
        if answer.closed:
            self._write(shown(answer.lines))
            return False
        return await self._show(answer)

    async def _show(self, answer: Answer) -> bool:
        height = self._box.state.traits.paging
        session = self._box.state.sessions.get(self._number)
        if session is not None and not session.paging:
            height = 0
        first, *others = pages(answer.lines, height)
        self._write(shown(first))
        for page in others:
            self._write(MORE)
            key = await self._key()
            if key is None:
                return False
            self._write(ERASED)
            if key not in " \r\n":
                break
            self._write(shown(page))
        self._write(answer.prompt)
        await self._screen.drain()
        return True

    async def _never(self) -> None:
        """Swallow what comes until the other side gives up."""
        while await self._key() is not None:
            pass

    async def _key(self) -> str | None:
        """The next character; None at the end."""
        if not self._waiting:
            self._screen.flush()
            try:
                self._waiting = await self._process.stdin.read(4096)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                return ""
            if not self._waiting:
                return None
        key, self._waiting = self._waiting[0], self._waiting[1:]
        return key

    def _help(self) -> str:
        state = self._box.state
        session = state.sessions.get(self._number)
        if session is None:
            return ""
        lines = help_lines(state, session, self._keys.typed)
        return shown(lines) + prompt_of(state, session) + self._keys.typed

    def _write(self, text: str) -> None:
        self._screen.write(text)
