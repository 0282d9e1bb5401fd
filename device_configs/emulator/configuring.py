"""A line of configuration: to the candidate, or at once; of a pair, to both halves (pure)."""

from dataclasses import replace

from device_configs.emulator.asking import Asked, BoxReply
from device_configs.emulator.edits import Edit, NotInGrammar, edit
from device_configs.emulator.entries import Path, at
from device_configs.emulator.kinds import ChangeManner, PairProtocol
from device_configs.emulator.prompts import pair_runs, prompt_of, working
from device_configs.emulator.refusals import (
    COMWARE_SENTENCE,
    VRP_SENTENCE,
    LineRefused,
    caret_answer,
)
from device_configs.emulator.state import BoxState
from device_configs.emulator.two_phase import locked_by
from device_configs.emulator.vocabulary import source_line

_STANDBY = {
    PairProtocol.HRP: (
        "Error: The device is in HRP standby state, so this command cannot be executed."
    ),
    PairProtocol.RBM: "This command is not allowed on the secondary device of the RBM system.",
}
_HRP_STANDBY_CONFIG = ("hrp", "standby", "config", "enable")
_COPIED = " (+B)"
"""What a USG shows behind a line that it copies to the other half."""


def configure(asked: Asked) -> BoxReply:
    """Carry out a line of the view that the session stands in."""
    state, session = asked.state, asked.session
    path = session.path or ()
    root = working(state, session)
    while path and at(root, path) is None:
        # Another session has removed the view meanwhile.
        path = path[:-1]
    line = source_line(asked.line.strip())
    view = state.kind.vocabulary.view(root, path)
    if (refused := locked_by(state, session)) is not None:
        return asked.reply(refused)
    copied = is_copied(state, path, asked.line)
    if copied and not _may_copy(state):
        return asked.reply(_STANDBY[state.kind.pair or PairProtocol.HRP])
    try:
        after = edit(state.kind.vocabulary, root, path, line)
    except NotInGrammar:
        sentence = COMWARE_SENTENCE if state.kind.comware else VRP_SENTENCE
        prompt = prompt_of(state, session)
        return asked.reply(
            *caret_answer(view, line, state.kind.vocabulary.platform, prompt, sentence).split(
                "\r\n"
            )
        )
    except LineRefused as refusal:
        return asked.reply(str(refusal))
    return _done(asked, path, after, copied)


def _done(asked: Asked, path: Path, after: Edit, copied: bool) -> BoxReply:
    state, session = asked.state, asked.session
    two_phase = state.kind.manner is ChangeManner.TWO_PHASE and not session.one_phase
    if two_phase:
        changed = after.root is not working(state, session)
        session = replace(
            session,
            path=after.path,
            candidate=after.root if changed else session.candidate,
            base=session.base if session.base is not None else state.running,
            pending=(*session.pending, (path, asked.line.strip())) if changed else session.pending,
        )
        return BoxReply(state.with_session(session), after.notes)
    state = replace(state, running=after.root).with_session(replace(session, path=after.path))
    if not copied:
        return BoxReply(state, after.notes)
    state = replace(state, for_peer=(*state.for_peer, (path, asked.line.strip())))
    shown = (_COPIED,) if state.kind.pair is PairProtocol.HRP else ()
    return BoxReply(state, (*shown, *after.notes))


def is_copied(state: BoxState, path: Path, line: str) -> bool:
    """Whether the pair copies a line: policies, objects and zones are, addresses are not."""
    if state.kind.pair is None or not pair_runs(state):
        return False
    words = path[0] if path else tuple(line.split())
    if words[:1] == ("undo",):
        words = words[1:]
    return bool(words) and state.kind.vocabulary.effects.is_copied(words)


def _may_copy(state: BoxState) -> bool:
    allowed = state.running.find(_HRP_STANDBY_CONFIG) is not None
    return state.active or (state.kind.pair is PairProtocol.HRP and allowed)


def received(state: BoxState, lines: tuple[tuple[Path, str], ...]) -> BoxState:
    """A half of a pair after it copied lines of the other; what it cannot take it leaves out."""
    root = state.running
    for path, text in lines:
        try:
            root = edit(state.kind.vocabulary, root, path, source_line(text), startup=True).root
        except (NotInGrammar, LineRefused, KeyError):
            continue
    return replace(state, running=root)
