"""One emulated box while it runs: its state, and what has happened to it so far.

The state is a value; this holds the latest, lets the clock pass, gives a pair's other half its
copies, and remembers each configuration that ever ran and each line that a session sent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from device_configs.emulator.configuring import received
from device_configs.emulator.deadlines import advanced, next_deadline
from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.listing import listed
from device_configs.emulator.logins import ended, opened
from device_configs.emulator.prompts import prompt_of
from device_configs.emulator.respond import Answer, respond
from device_configs.emulator.state import BoxState, Instant
from device_configs.emulator.traits import Traits

Clock = Callable[[], Instant]


@dataclass(frozen=True, slots=True)
class SentLine:
    """A line as a session sent it, and when."""

    at: Instant
    session: int
    text: str


@dataclass(frozen=True, slots=True)
class RunningState:
    """A configuration that ran, from an instant on."""

    at: Instant
    root: ConfigLine


@dataclass
class EmulatedBox:
    """A box under its declared name. One thread at a time changes it; any may read."""

    name: str
    state: BoxState
    clock: Clock
    peer: "EmulatedBox | None" = None
    sent: list[SentLine] = field(default_factory=list)
    history: list[RunningState] = field(default_factory=list)
    on_sessions_gone: Callable[[], None] = lambda: None
    """Called when sessions have ended by themselves, so that their connections end as well."""

    def __post_init__(self) -> None:
        self._remember()

    def login(self, user: str, address: str) -> tuple[int, list[str], str]:
        """Begin a session: its number, what it shows, its first prompt."""
        self.pass_time()
        state, session, greeting = opened(self.state, user, address)
        self._become(state)
        return session.number, greeting, prompt_of(state, session)

    def logout(self, number: int) -> None:
        self.pass_time()
        self._become(ended(self.state, number))

    def send(self, number: int, line: str) -> Answer:
        """Carry out a line; a closed answer ends the session."""
        now = self.clock()
        self.sent.append(SentLine(now, number, line))
        state, answer = respond(self.state, number, line, now)
        self._become(state)
        if answer.closed:
            self.logout(number)
        return answer

    def pass_time(self) -> None:
        """Let happen what was due by now."""
        self._become(advanced(self.state, self.clock()))

    @property
    def next_deadline(self) -> Instant | None:
        return next_deadline(self.state)

    def set_traits(self, traits: Traits) -> None:
        self._become(replace(self.state, traits=traits))

    def write_file(self, name: str, text: str) -> None:
        """A file that was uploaded. Raises OSError on a full disk."""
        if self.state.traits.disk_full:
            raise OSError("no space left on the device")
        self._become(replace(self.state, files={**self.state.files, name: text}))

    def remove_file(self, name: str) -> None:
        """Raises KeyError for a file that is not there."""
        files = dict(self.state.files)
        del files[name]
        self._become(replace(self.state, files=files))

    def text_of(self, root: ConfigLine) -> str:
        """A configuration as this box would show it, lines ended by a line feed."""
        return "\n".join(listed(self.state.kind.vocabulary.effects, root)) + "\n"

    def _become(self, state: BoxState) -> None:
        """Take a new state, and give the other half what it has to copy."""
        gone = set(self.state.sessions) - set(state.sessions)
        copies, state = state.for_peer, replace(state, for_peer=())
        self.state = state
        self._remember()
        if self.peer is not None and copies and state.peer_up:
            self.peer._become(received(self.peer.state, copies))
        if gone:
            self.on_sessions_gone()

    def _remember(self) -> None:
        if not self.history or self.history[-1].root is not self.state.running:
            self.history.append(RunningState(self.state.now, self.state.running))
