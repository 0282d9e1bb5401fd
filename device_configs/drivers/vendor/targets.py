"""From a box's running configuration and a candidate to the lines it is sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from device_configs.drivers.candidate import Candidate, LoadKind
from device_configs.drivers.refusals import CandidateRefused
from device_configs.grammar.lines import read_line
from device_configs.grammar.masking import masked
from device_configs.patches.execution import ModelDevice
from device_configs.patches.model import Patch
from device_configs.patches.parsing import parse_configuration, reader_of
from device_configs.patches.patch import make_patch, patch_between
from device_configs.patches.tree import ConfigurationTree
from ops_core.kernel.i18n import message

Lines = tuple[str, ...]
_COMMENTS = ("#", "!")


@dataclass(frozen=True)
class Target:
    """What a box shall run: ``lines`` lead there from what it ran when it was asked."""

    family: str
    before: ConfigurationTree
    after: ConfigurationTree
    patch: Patch
    lines: Lines

    def left_from(self, running: str) -> Patch:
        """What is left to do for a box that runs ``running``; empty where it is there."""
        return self._between(parse_configuration(self.family, running), self.after)

    def back_from(self, running: str) -> Patch:
        """The way back to what ran before, its secrets as the box showed them."""
        return self._between(parse_configuration(self.family, running), self.before, shown=True)

    def is_back(self, running: str) -> Patch:
        """What is left of that way; a box may show another cipher of the same secret."""
        return self._between(parse_configuration(self.family, running), self.before)

    def _between(
        self, old: ConfigurationTree, new: ConfigurationTree, *, shown: bool = False
    ) -> Patch:
        return patch_between(reader_of(self.family, None), old, new, management=True, shown=shown)


def lines_for(family: str, running: str, candidate: Candidate, *, management: bool) -> Lines:
    """The lines that bring a candidate into force: a whole configuration's patch, else itself."""
    if candidate.kind is LoadKind.MERGE:
        return tuple(flat(candidate.lines))
    return make_patch(family, running, candidate.text, management=management).lines


def target_of(family: str, running: str, candidate: Candidate, *, management: bool) -> Target:
    """What a box without a candidate of its own will run, by our model of it.

    ``management``: lines by which the box is reached are changed too. Raises
    :class:`CandidateRefused` for a line that the grammar does not know.
    """
    before = parse_configuration(family, running)
    lines = lines_for(family, running, candidate, management=management)
    device = ModelDevice(before)
    for line in lines:
        try:
            device.take(line)
        except ValueError as error:
            shown = read_line(0, line)
            raise CandidateRefused(
                message("命令语法不认识这一行：{line}", line=masked(shown) if shown else line),
                message("设备配置没有改变。"),
            ) from error
    after = device.tree()
    patch = patch_between(reader_of(family, None), before, after, management=True)
    return Target(family, before, after, patch, lines)


def flat(lines: Iterable[str]) -> Iterator[str]:
    """The lines of an indented text with ``quit`` where a view ends; a flat text as it is.

    A view is left where the indentation falls back, and at ``#`` between the sections.
    """
    depths: list[int] = []
    previous: int | None = None
    for line in lines:
        text = line.strip()
        if not text or text == "return":
            continue
        if text in _COMMENTS:
            yield from ("quit" for _ in depths)
            depths, previous = [], None
            continue
        depth = len(line) - len(line.lstrip())
        if previous is not None and depth > previous:
            depths.append(previous)
        while depths and depths[-1] >= depth:
            depths.pop()
            yield "quit"
        yield text
        previous = depth
    yield from ("quit" for _ in depths)
