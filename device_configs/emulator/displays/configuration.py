"""``display current-configuration`` and its like (pure)."""

from collections.abc import Sequence

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words
from device_configs.emulator.entries import ConfigLine, at
from device_configs.emulator.listing import listed, listed_view
from device_configs.emulator.prompts import working


def _current(asked: Asked, words: Words) -> BoxReply:
    return asked.reply(*_chosen(asked, asked.state.running, words))


def _saved(asked: Asked, words: Words) -> BoxReply:
    return asked.reply(*_chosen(asked, asked.state.saved, words))


def _this(asked: Asked, _: Words) -> BoxReply:
    root = working(asked.state, asked.session)
    path = asked.session.path or ()
    view = at(root, path)
    effects = asked.state.kind.vocabulary.effects
    if not path or view is None:
        return asked.reply(*listed(effects, root))
    return asked.reply(*listed_view(effects, view))


def _candidate(asked: Asked, words: Words) -> BoxReply:
    """The whole configuration as it would run (``merge``), else the lines not committed."""
    effects = asked.state.kind.vocabulary.effects
    if words == ("merge",):
        return asked.reply(*listed(effects, working(asked.state, asked.session)))
    shown: list[str] = []
    above: tuple[str, ...] = ()
    for path, text in asked.session.pending:
        views = tuple(" ".join(slot) for slot in path)
        if views != above:
            shown.extend(" " * depth + view for depth, view in enumerate(views))
            above = views
        shown.append(" " * len(path) + text)
    return asked.reply(*shown)


def _chosen(asked: Asked, root: ConfigLine, words: Words) -> Sequence[str]:
    """The whole text, or the sections whose heading begins with the words."""
    lines = listed(asked.state.kind.vocabulary.effects, root)
    words = words[1:] if words[:1] in (("configuration",), ("section",)) else words
    if not words:
        return lines
    start = " ".join(words).lower()
    chosen: list[str] = []
    inside = False
    for line in lines:
        if not line.startswith((" ", "#")):
            inside = line.lower() == start or line.lower().startswith(f"{start} ")
            inside = inside or (" " not in start and line.lower().startswith(start))
            if inside:
                chosen.append("#")
        if inside and not line.startswith("#"):
            chosen.append(line)
    return [*chosen, "#", "return"] if chosen else []


CONFIGURATION_DISPLAYS = (
    OperatorCommand("display current-configuration ...", _current),
    OperatorCommand("display saved-configuration ...", _saved),
    OperatorCommand("display this", _this),
)
CANDIDATE_DISPLAYS = (OperatorCommand("display configuration candidate ...", _candidate),)
