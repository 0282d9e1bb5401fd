"""What a patch is: commands in order, what they disrupt, and what was left as it is (pure)."""

from dataclasses import dataclass, field

from device_configs.patches.reasons import Disruption, LeftReason
from device_configs.patches.tree import ConfigurationTree


@dataclass(frozen=True, slots=True)
class PatchCommand:
    """One line for the device; ``views`` are the lines that lead to its view, secrets masked.

    Without ``text`` it enters the last of ``views``, which makes it where it is not there yet.
    """

    views: tuple[str, ...]
    text: str
    removes: bool = False
    disrupts: Disruption | None = None


@dataclass(frozen=True, slots=True)
class LeftLine:
    """A line that the patch does not touch, secrets masked."""

    views: tuple[str, ...]
    text: str
    reason: LeftReason


@dataclass(frozen=True, slots=True)
class Patch:
    """The way from one configuration to another.

    ``lines`` are what a device is given, view by view, beginning and ending in the system view:
    ``system-view``, ``commit`` and ``save`` are the driver's. They hold secrets as the intended
    text does; ``commands`` and :meth:`text` mask them.
    ``unverified`` are lines with a secret of which nobody can say whether the device has it,
    ``secrets`` those in which nothing but the secret changes.
    """

    family: str
    before: ConfigurationTree = field(repr=False)
    after: ConfigurationTree = field(repr=False)
    commands: tuple[PatchCommand, ...]
    lines: tuple[str, ...] = field(repr=False)
    left: tuple[LeftLine, ...] = ()
    unverified: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.lines

    @property
    def disruptions(self) -> tuple[PatchCommand, ...]:
        """The commands that interrupt something."""
        return tuple(command for command in self.commands if command.disrupts is not None)

    @property
    def text(self) -> str:
        """The commands for people, indented by view, secrets masked; empty for no command."""
        shown: list[str] = []
        at: tuple[str, ...] = ()
        for command in self.commands:
            common = 0
            while common < min(len(at), len(command.views)) and at[common] == command.views[common]:
                common += 1
            shown.extend(
                " " * depth + view for depth, view in enumerate(command.views) if depth >= common
            )
            at = command.views
            if command.text:
                shown.append(" " * len(at) + command.text)
        return "\n".join(shown) + "\n" if shown else ""
