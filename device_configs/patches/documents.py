"""The vendor knowledge as it stands in the YAML files, with every field's meaning."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device_configs.patches.reasons import Disruption


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PatchRuleDocument(_Frozen):
    """How one kind of line is changed; plain text in the file stands for ``line`` alone."""

    line: str
    """A pattern (:mod:`device_configs.patches.patterns`). Without ``~`` the whole line is the key:
    there may be many, each set and undone by itself. With ``~`` a later line of the same key
    overwrites the earlier one in place."""
    slot: str = ""
    """A template; lines of one slot overwrite each other. Empty: the key of the line."""
    undo: str = ""
    """A template of the command that takes the line back; empty: ``undo`` and the key;
    ``none``: there is no safe one."""
    values: Literal["line", "numbers", "words", "blocks"] = "line"
    """What follows the key. ``numbers``: members of a set (VLANs), added and removed one by one;
    ``words``: as if each word stood on a line of its own; ``blocks``: numbers, each of which opens
    the view of the line ``block``."""
    members: tuple[int, ...] = ()
    """Members that a device has without a line; their absence is a line ``undo ...``."""
    block: str = ""
    fixed: bool = False
    """The view is always there: its absence means that it is empty."""
    enter: str = ""
    """A template of the line that enters the view once it is there; empty: the line itself."""
    ends: str = ""
    """What leaves the view; empty: ``quit``."""
    atomic: bool = False
    """The view's lines are written as a whole."""
    move: str = ""
    """Among the lines of this rule the first match decides; the template moves ``$1`` to before
    ``$2`` (what the pattern's first ``*`` took)."""
    place: Literal["first", "last", ""] = ""
    """Where in its view it is sent, whatever the order of the text."""
    replace: bool = False
    """A changed line is undone before the new one is set."""
    edits: bool = False
    """A device merges the new line into the one of the same key: undone first when the old one
    has a keyword that the new one lacks."""
    recreate: bool = False
    """A changed opening line means that the whole view is undone and made again."""
    wipes: tuple[str, ...] = ()
    """Lines of the same view (patterns) that a change of this one takes away."""
    after_removal: tuple[str, ...] = ()
    """Lines of the same view (patterns) that have to be gone before this one is set."""
    exclusive: str = ""
    """A template: what only one line of the whole device may hold at a time."""
    pauses: str = ""
    """A template of the line of a neighbouring view that cannot be changed while this line stands;
    ``view``: its own view. It is undone before and set again after."""
    resend: bool = False
    """Set again after any change in its view."""
    guarded: bool = False
    """The way by which the device is managed: changed only when asked for."""
    disrupts: Disruption | None = None
    """What a change or a removal interrupts."""
    disrupts_new: Disruption | None = None
    """What setting it for the first time interrupts."""


class PatchGroupDocument(_Frozen):
    """Lines that one command takes away together, when the intended text has none of them."""

    lines: str
    undo: str
    deep: bool = False
    """In the views within as well."""
    recreate: str = ""
    """A line (pattern) whose change means that the group is undone and made again."""
    disrupts: Disruption | None = None


class RewriteDocument(_Frozen):
    """Two ways to write one line; the first becomes the second."""

    line: str
    to: str


def _as_rule(entry: object) -> object:
    return {"line": entry} if isinstance(entry, str) else entry


class PatchViewDocument(_Frozen):
    """What holds for the forms of one view (or group of forms) of the grammar."""

    rules: tuple[Annotated[PatchRuleDocument, BeforeValidator(_as_rule)], ...] = ()
    groups: tuple[PatchGroupDocument, ...] = ()
    rewrites: tuple[RewriteDocument, ...] = ()
    defaults: tuple[str, ...] = ()
    """Lines that a device does not show because they are the default: equal to their absence."""
    ignored: tuple[str, ...] = ()
    """Lines that a device adds by itself: they stay and count as no difference."""


class SecretsDocument(_Frozen):
    """Where secrets stand: every group of a regular expression captures one."""

    modes: tuple[str, ...]
    """Words that say how a secret is written; they count as no difference."""
    lines: tuple[str, ...]


class PatchFamilyDocument(_Frozen):
    """The patch knowledge of one family."""

    comments: tuple[str, ...]
    """Beginnings of lines that hold no command."""
    dropped: tuple[str, ...] = ()
    """Whole lines that hold no command."""
    secrets: SecretsDocument
    copied: tuple[str, ...] = ()
    """Beginnings of lines of the system view that the halves of a firewall pair copy to each other:
    made on the active half alone, and in force on both."""
    views: Mapping[str, PatchViewDocument] = Field(default_factory=dict)
