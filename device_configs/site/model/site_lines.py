"""Lines of configuration that one device has beside what follows from the declaration."""

from typing import Self

from pydantic import Field, model_validator

from device_configs.site.model.values import Frozen
from device_configs.site.texts import DeviceText, Line

LEAVES_A_VIEW = frozenset(
    {"return", "quit", "exit", "end", "exit-address-family", "system-view", "configure", "commit",
     "abort", "save", "reset", "reboot", "write", "copy", "delete", "format", "rollback", "reload",
     "clear", "bash"}
)  # fmt: skip
"""Words that leave a view, act at once or reach the file system: no lines of a configuration."""


class SiteLines(Frozen):
    """Lines in one view, and why this device has them.

    ``within`` are the lines that open the views around them, from the outermost; empty for lines
    of the system view. They are in the language of the device's own platform.
    """

    lines: tuple[DeviceText, ...] = Field(min_length=1, max_length=50)
    within: tuple[DeviceText, ...] = Field(default=(), max_length=3)
    reason: Line = Field(min_length=10)

    @model_validator(mode="after")
    def _leaves_no_view(self) -> Self:
        for line in (*self.within, *self.lines):
            if line.split()[0] in LEAVES_A_VIEW:
                raise ValueError(f"{line!r} leaves the view or acts at once; write configuration")
        return self
