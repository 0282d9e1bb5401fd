"""Where the values of a file stand, and the line of a path as faults write it (pure)."""

import re
from dataclasses import dataclass, field

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")


@dataclass
class SourcePlace:
    """A value's line, from 1, and the places of what it holds by key or index."""

    line: int
    below: dict[str | int, "SourcePlace"] = field(default_factory=dict)
    names: dict[str, "SourcePlace"] = field(default_factory=dict)
    """Items of a list by what they call themselves."""

    def named_at(self, line: int) -> "SourcePlace":
        """The same, at the line of the key that it is under."""
        return self if self.line == line else SourcePlace(line, self.below, self.names)

    def line_of(self, path: str) -> int:
        """The line of ``rules[agents].bandwidth``: of the nearest that is there; 0 for none."""
        here, line = self, 0
        for key, item in _STEP.findall(path):
            found = here.step(key or item)
            if found is None:
                break
            here, line = found, found.line
        return line

    def walk(self, *parts: str) -> "SourcePlace":
        """The place under keys one after the other; an empty one where there is none."""
        here: SourcePlace | None = self
        for part in parts:
            here = here.step(part) if here is not None else None
        return here if here is not None else SourcePlace(0)

    def step(self, part: str) -> "SourcePlace | None":
        """What stands under a key, at an index, or under a name."""
        if part in self.below:
            return self.below[part]
        if part in self.names:
            return self.names[part]
        return self.below.get(int(part)) if part.isdigit() else None
