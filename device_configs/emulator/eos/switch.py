"""What an emulated EOS box does with the lines of its sessions; its clock is passed in."""

import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from device_configs.emulator.eos.configuration import (
    ModeEditor,
    ModeNode,
    read_lines,
    shown_lines,
)
from device_configs.patches.patterns import Words

INVALID = "% Invalid input"
VERSION = "4.28.3M"
_SESSION = re.compile(r"configure session (\S+)(?: (abort|commit)(?: timer (\d+):(\d+):(\d+))?)?")
_SHOWN_SESSION = re.compile(r"show session-config named (\S+)( diffs)?")
_ROLLBACK = "flash:rollback-0"
RECORDS = ("aaa", "authentication", "policy", "on-success", "log")


class SessionState(StrEnum):
    """As ``show configuration sessions`` has it."""

    PENDING = "pending"
    COMMITTED = "completed"
    ABORTED = "aborted"
    WAITING = "pendingCommitTimer"


@dataclass(slots=True)
class ConfigureSession:
    """A named configuration session; ``before`` and ``deadline`` of one behind a commit timer."""

    root: ModeNode
    state: SessionState = SessionState.PENDING
    before: ModeNode | None = None
    deadline: float = 0.0


@dataclass(slots=True)
class EosBox:
    """``refuse`` is a pattern of lines that the box refuses though it knows them."""

    name: str
    clock: Callable[[], float]
    running: ModeNode
    startup: ModeNode
    refuse: str = ""
    sessions: dict[str, ConfigureSession] = field(default_factory=dict)
    files: dict[str, ModeNode] = field(default_factory=dict)
    booted: float = 0.0
    log: list[str] = field(default_factory=list)

    def signed_in(self, user: str, source: str) -> None:
        """Note a sign-in, where the configuration asks for it."""
        if RECORDS in self.running.inside:
            self.note(f"Aaa: %AAA-5-LOGIN: user {user} logged in [from: {source}] [service: sshd]")

    def note(self, text: str) -> None:
        """A line of the log, in the box's time zone; UTC without."""
        zones = [words[2] for words in self._configured("clock", "timezone")]
        at = datetime.fromtimestamp(self.clock(), ZoneInfo(zones[0] if zones else "UTC"))
        self.log.append(f"{at:%b} {at.day:>2} {at:%H:%M:%S} {self.name} {text}")

    def _configured(self, *words: str) -> list[Words]:
        """The running lines that begin with these words."""
        lines = [node.words for node in self.running.inside.values()]
        return [line for line in lines if line[: len(words)] == words]

    def pass_time(self) -> None:
        """Take back what nobody confirmed in time."""
        for session in self.sessions.values():
            if session.state is SessionState.WAITING and self.clock() >= session.deadline:
                self._take_back(session)

    def execute(self, line: str) -> list[str]:
        """Answer a line of the privileged mode that does not begin a session."""
        self.pass_time()
        command, _, form = (part.strip() for part in line.partition("|"))
        if (shown := self._shown(command)) is not None:
            return [json.dumps(shown)] if form == "json" else [INVALID]
        if found := _SESSION.fullmatch(command):
            return self._finish(*found.groups())
        if found := _SHOWN_SESSION.fullmatch(command):
            return self._session_text(found[1], differences=bool(found[2]))
        return self._file_command(command)

    def begins_session(self, line: str) -> str:
        """The name of the session that a line enters; empty for any other line."""
        found = _SESSION.fullmatch(line.strip())
        if found is None or found[2]:
            return ""
        session = self.sessions.get(found[1])
        if session is None or session.state is not SessionState.PENDING:
            self.sessions[found[1]] = ConfigureSession(self.running.copied())
        return found[1]

    def edit(self, name: str, editor: ModeEditor, line: str) -> tuple[ModeEditor, list[str]]:
        """A line within a session; the editor from then on, and the answer."""
        session = self.sessions[name]
        if line == "rollback clean-config":
            session.root = ModeNode()
            return ModeEditor(session.root), []
        if (self.refuse and re.search(self.refuse, line)) or not editor.take(line):
            return editor, [INVALID]
        return editor, []

    def _shown(self, command: str) -> object | None:
        up = self.clock() - self.booted
        listed = {name: self._listed(one) for name, one in self.sessions.items()}
        hostname = next((n.words[1] for n in self.running.inside.values()
                         if n.words[0] == "hostname"), self.name)  # fmt: skip
        answers: dict[str, object] = {
            "show version": {
                "version": VERSION, "internalVersion": f"{VERSION}-emulated", "uptime": up,
                "modelName": "emulated EOS", "serialNumber": f"EMULATED-{self.name}",
                "bootupTimestamp": self.booted,
            },
            "show hostname": {"hostname": hostname, "fqdn": hostname},
            "show interfaces": {"interfaces": dict(self._interfaces())},
            "show configuration sessions": {"sessions": listed},
            "show configuration sessions detail": {"sessions": listed},
        }  # fmt: skip
        return answers.get(command)

    def _interfaces(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Every configured interface, up unless it is shut down."""
        for words, node in self.running.inside.items():
            if words[0] != "interface":
                continue
            lines = {inner[0]: one.words for inner, one in node.inside.items()}
            is_down = "shutdown" in lines
            yield words[1], {
                "lineProtocolStatus": "down" if is_down else "up",
                "interfaceStatus": "disabled" if is_down else "connected",
                "description": " ".join(lines.get("description", ())[1:]),
                "mtu": 1500, "bandwidth": 10**10, "physicalAddress": "02:00:00:00:00:01",
                "lastStatusChangeTimestamp": self.booted,
            }  # fmt: skip

    def _listed(self, session: ConfigureSession) -> dict[str, object]:
        listed: dict[str, object] = {"state": str(session.state)}
        if session.state is SessionState.WAITING:
            listed["commitBy"] = session.deadline - self.booted
        return listed

    def _finish(self, name: str, doing: str, *timer: str | None) -> list[str]:
        session = self.sessions.get(name)
        if session is None:
            return [f"% Session {name} does not exist"]
        if doing == "abort":
            return self._abort(session)
        if session.state is SessionState.WAITING:
            session.state, session.before = SessionState.COMMITTED, None
            return []
        if session.state is not SessionState.PENDING:
            return [f"% Session {name} is {session.state}"]
        if any(one.state is SessionState.WAITING for one in self.sessions.values()):
            return ["% Cannot commit: another session waits for its commit timer"]
        self._commit(session, [int(part) for part in timer if part is not None])
        return []

    def _commit(self, session: ConfigureSession, timer: list[int]) -> None:
        before, self.running = self.running, session.root.copied()
        session.state = SessionState.COMMITTED
        if timer:
            hours, minutes, seconds = timer
            session.state, session.before = SessionState.WAITING, before
            session.deadline = self.clock() + hours * 3600 + minutes * 60 + seconds

    def _abort(self, session: ConfigureSession) -> list[str]:
        if session.state is SessionState.WAITING:
            self._take_back(session)
        elif session.state is SessionState.PENDING:
            session.state = SessionState.ABORTED
        return []

    def _take_back(self, session: ConfigureSession) -> None:
        if session.before is not None:
            self.running = session.before
        session.state, session.before = SessionState.ABORTED, None

    def _session_text(self, name: str, *, differences: bool) -> list[str]:
        session = self.sessions.get(name)
        if session is None:
            return [f"% Session {name} does not exist"]
        lines = shown_lines(session.root)
        if not differences:
            return [f"! Command: show session-configuration named {name}", *lines]
        return list(
            difflib.unified_diff(
                shown_lines(self.running), lines, "system:/running-config",
                f"session:/{name}-session-config", lineterm="", n=2,
            )
        )  # fmt: skip

    def _file_command(self, command: str) -> list[str]:
        match command:
            case "show running-config" | "show startup-config":
                root = self.running if "running" in command else self.startup
                return [f"! Command: {command}", f"! device: {self.name} ({VERSION})", "!",
                        *shown_lines(root)]  # fmt: skip
            case "show logging":
                return ["Syslog logging: enabled", "    Buffer logging: level debugging", "",
                        "Log Buffer:", *self.log]  # fmt: skip
            case "write memory":
                self.startup = self.running.copied()
                return ["Copy completed successfully."]
            case "copy startup-config flash:rollback-0":
                self.files[_ROLLBACK] = self.startup.copied()
                return ["Copy completed successfully."]
            case "configure replace flash:rollback-0" if _ROLLBACK in self.files:
                self.running = self.files[_ROLLBACK].copied()
                return []
            case "terminal width 511":
                return ["Width set to 511 columns."]
            case "terminal length 0":
                return ["Pagination disabled."]
            case "" | "enable":
                return []
        return [INVALID]


def eos_box(name: str, text: str, clock: Callable[[], float]) -> EosBox:
    """A box that runs, and has saved, a text. Raises ValueError for a line that it does not
    know."""
    root = read_lines(text.splitlines())
    box = EosBox(name, clock, root, root.copied(), booted=clock() - 90_000)
    box.note("Sysdb: %SYS-5-SYSTEM_RESTARTED: System restarted")
    return box
