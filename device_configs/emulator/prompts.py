"""The prompt of a session: which box, which view, whether something is uncommitted (pure)."""

from device_configs.emulator.entries import ConfigLine, Path, at
from device_configs.emulator.kinds import ChangeManner, PairProtocol
from device_configs.emulator.state import BoxState, CliSession

_SIGNS = {
    (PairProtocol.HRP, True): "HRP_M",
    (PairProtocol.HRP, False): "HRP_S",
    (PairProtocol.RBM, True): "RBM_P",
    (PairProtocol.RBM, False): "RBM_S",
}


def prompt_of(state: BoxState, session: CliSession) -> str:
    """What the box shows when it waits for a line: a prompt, or the question that is open."""
    if session.question is not None:
        return session.question.text
    sign, name = pair_sign(state), state.traits.prompt_name or state.name
    if session.path is None:
        return f"{sign}<{name}>"
    mark = _mark(state, session)
    view = view_name(state, working(state, session), session.path)
    return f"{sign}[{mark}{name}{view}]"


def working(state: BoxState, session: CliSession) -> ConfigLine:
    """The configuration that a session works on: its candidate, or what runs."""
    return session.candidate if session.candidate is not None else state.running


def view_name(state: BoxState, root: ConfigLine, path: Path) -> str:
    """The view's part of the prompt, with its hyphen; nothing in the system view."""
    if not path:
        return ""
    line = at(root, path)
    words = line.text.split() if line is not None else list(path[-1])
    view = line.view if line is not None and line.view else ""
    names = state.kind.vocabulary.effects.document.prompts
    pattern = names.get(view) or next(
        (text for start, text in names.items() if start.endswith("-") and view.startswith(start)),
        view,
    )
    return f"-{_filled(pattern, words)}"


def pair_sign(state: BoxState) -> str:
    """``HRP_M`` and its like before the prompt of a box of a pair that is switched on."""
    if state.kind.pair is None or not pair_runs(state):
        return ""
    return _SIGNS[state.kind.pair, state.active]


def pair_runs(state: BoxState) -> bool:
    """Whether the box is set to be half of a pair."""
    if state.kind.pair is PairProtocol.HRP:
        return state.running.find(("hrp", "enable")) is not None
    group = state.running.find(("remote-backup", "group"))
    return group is not None and bool(group.lines)


def is_dirty(session: CliSession) -> bool:
    """Whether the session has changes that are not committed."""
    return session.candidate is not None and session.candidate != session.base


def _mark(state: BoxState, session: CliSession) -> str:
    if state.kind.manner is not ChangeManner.TWO_PHASE or session.one_phase:
        return ""
    return "*" if is_dirty(session) else "~"


def _filled(pattern: str, words: list[str]) -> str:
    """``{n}`` becomes a word of the line that opened the view, counted from its end below 0."""
    text = pattern
    for number in range(-1, len(words)):
        text = text.replace(f"{{{number}}}", words[number])
    return text
