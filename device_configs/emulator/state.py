"""What a box is at an instant (pure): configurations, deadlines, sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from device_configs.emulator.entries import ConfigLine, Path
from device_configs.emulator.kinds import VendorKind
from device_configs.emulator.traits import Traits

Instant = float
"""Seconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class CommitPoint:
    """A commit on the list, with the configurations before and after it."""

    number: int
    label: str
    user: str
    at: Instant
    before: ConfigLine
    after: ConfigLine
    description: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """A commit that is rolled back at its deadline unless it is confirmed."""

    before: ConfigLine
    deadline: Instant
    session: int
    persist: str | None = None


@dataclass(frozen=True, slots=True)
class RollbackPoint:
    """Comware's ``configuration commit delay``: back to ``before`` at the deadline."""

    before: ConfigLine
    deadline: Instant


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that the box has asked a session: the next line is the answer to it.

    ``about`` names the command that asked, ``values`` what it needs to go on.
    """

    about: str
    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class CliSession:
    """One login; ``path`` is None in the user view."""

    number: int
    user: str
    address: str
    since: Instant
    path: Path | None = None
    candidate: ConfigLine | None = None
    """What the session has changed and not committed; None without a change (VRP 8)."""
    base: ConfigLine | None = None
    """The running configuration that the candidate was made from."""
    pending: tuple[tuple[Path, str], ...] = ()
    """The lines that made the candidate, each with the view it was typed in."""
    question: OpenQuestion | None = None
    one_phase: bool = False
    """``system-view immediately``: each line works at once."""
    paging: bool = True
    lines: int = 0
    closed: bool = False

    @property
    def terminal(self) -> str:
        return f"VTY {self.number % 5}"


@dataclass(frozen=True, slots=True)
class BoxSignIn:
    """Who came in when, from where: a line of the log buffer."""

    at: Instant
    user: str
    address: str


@dataclass(frozen=True, slots=True)
class BoxState:
    """Everything a box knows. ``saved`` is what it starts with after a reboot."""

    kind: VendorKind
    serial: str
    running: ConfigLine
    saved: ConfigLine
    booted: Instant
    now: Instant
    traits: Traits = field(default_factory=Traits)
    sessions: Mapping[int, CliSession] = field(default_factory=dict)
    logins: int = 0
    sign_ins: tuple[BoxSignIn, ...] = ()
    """The newest ones, the oldest first."""
    commits: tuple[CommitPoint, ...] = ()
    trial: Trial | None = None
    rollback_point: RollbackPoint | None = None
    exclusive: int | None = None
    """Session that holds the lock."""
    reboot_at: Instant | None = None
    reboots: int = 0
    files: Mapping[str, str] = field(default_factory=dict)
    """What lies on the box's flash, by name."""
    active: bool = True
    """Of a pair: whether this half is where the configuration is made."""
    peer_up: bool = True
    """Of a pair: whether the other half answers."""
    for_peer: tuple[tuple[Path, str], ...] = ()
    """Lines that the other half has yet to copy, each with the view it stands in."""
    neighbors: tuple["Neighbor", ...] = ()
    answers: int = 0

    def session(self, number: int) -> CliSession:
        return self.sessions[number]

    def with_session(self, session: CliSession) -> Self:
        return replace(self, sessions={**self.sessions, session.number: session})

    @property
    def name(self) -> str:
        """What the box calls itself."""
        line = self.running.find(("sysname",))
        default = "H3C" if self.kind.comware else "HUAWEI"
        return line.text.split(maxsplit=1)[1] if line is not None else default


@dataclass(frozen=True, slots=True)
class Neighbor:
    """What is at the other end of a cable."""

    interface: str
    name: str
    port: str
