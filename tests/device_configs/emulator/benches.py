"""A box without a network: lines in, answers out, and a clock that stands until it is moved."""

from device_configs.emulator.devices import BoxSpec, box_of
from device_configs.emulator.emulated_box import EmulatedBox
from device_configs.emulator.respond import Answer


class StoppedClock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Terminal:
    """One session at a box."""

    def __init__(self, box: EmulatedBox) -> None:
        self.box = box
        self.number, self.greeting, self.prompt = box.login("admin", "192.0.2.7")
        self.closed = False

    def send(self, *lines: str) -> str:
        """Send lines; the answer to the last of them."""
        answer = Answer((), self.prompt)
        for line in lines:
            answer = self.box.send(self.number, line)
            self.prompt, self.closed = answer.prompt, answer.closed
        return "\n".join(answer.lines)


class Bench:
    """A box, its clock, and terminals at it."""

    def __init__(self, kind: str, text: str = "sysname box\n", **spec: object) -> None:
        self.clock = StoppedClock()
        self.box = box_of(BoxSpec("box", kind, text, **spec), self.clock)  # type: ignore[arg-type]

    def terminal(self) -> Terminal:
        return Terminal(self.box)

    def advance(self, seconds: float) -> None:
        self.clock.now += seconds
        self.box.pass_time()

    def running(self) -> str:
        return self.box.text_of(self.box.state.running)

    def saved(self) -> str:
        return self.box.text_of(self.box.state.saved)

    def states(self) -> list[str]:
        return [self.box.text_of(one.root) for one in self.box.history]
