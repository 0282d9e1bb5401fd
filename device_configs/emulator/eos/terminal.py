"""One terminal of an emulated EOS box (asyncssh): keys in, lines out."""

import asyncio

import asyncssh

from device_configs.emulator.eos.configuration import ModeEditor
from device_configs.emulator.eos.switch import EosBox
from device_configs.emulator.keyboard import LineKeys
from device_configs.emulator.typed_screen import TypedScreen

Process = asyncssh.SSHServerProcess[str]
_LINE_END = "\r\n"


async def serve_eos_terminal(box: EosBox, process: Process) -> None:
    """Serve one shell until it ends; a session it was in stays pending, as EOS keeps it."""
    terminal = _EosTerminal(box, process)
    try:
        await terminal.run()
    except (asyncssh.Error, OSError, asyncio.IncompleteReadError):
        pass  # the connection is gone
    finally:
        process.exit(0)


class _EosTerminal:
    def __init__(self, box: EosBox, process: Process) -> None:
        self._box, self._process = box, process
        self._screen, self._keys = TypedScreen(process.stdout), LineKeys()
        self._session, self._editor = "", None  # type: str, ModeEditor | None

    async def run(self) -> None:
        self._screen.write(self._prompt())
        while text := await self._read():
            for key in text:
                typed = self._keys.press(key)
                self._screen.write(typed.echo)
                if typed.line is not None and not self._line(typed.line.strip()):
                    self._screen.flush()
                    return

    async def _read(self) -> str:
        self._screen.flush()
        while True:
            try:
                return await self._process.stdin.read(4096)
            except (asyncssh.TerminalSizeChanged, asyncssh.BreakReceived, asyncssh.SignalReceived):
                continue

    def _line(self, line: str) -> bool:
        if line == "exit" and self._editor is None:
            return False
        lines = self._answer(line)
        self._screen.write("".join(f"{one}{_LINE_END}" for one in lines) + self._prompt())
        return True

    def _answer(self, line: str) -> list[str]:
        self._box.pass_time()
        if self._editor is not None:
            return self._within(self._editor, line)
        if session := self._box.begins_session(line):
            self._session = session
            self._editor = ModeEditor(self._box.sessions[session].root)
            return []
        return self._box.execute(line)

    def _within(self, editor: ModeEditor, line: str) -> list[str]:
        if line == "end":
            self._session, self._editor = "", None
            return []
        if line.startswith("configure session "):
            return []  # typed again where one is in it already
        self._editor, answer = self._box.edit(self._session, editor, line)
        return answer

    def _prompt(self) -> str:
        if self._editor is None:
            return f"{self._box.name}#"
        mode = self._editor.mode
        inner = "" if mode == "global" else f"-{mode}"
        return f"{self._box.name}(config-s-{self._session[:6]}{inner})#"
