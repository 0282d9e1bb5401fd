"""Moving between views: ``system-view``, ``quit``, ``return`` (pure)."""

from dataclasses import replace

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words, no, yes
from device_configs.emulator.kinds import ChangeManner
from device_configs.emulator.prompts import is_dirty
from device_configs.emulator.state import CliSession
from device_configs.emulator.two_phase import committed

LEAVING = "leave"
_UNCOMMITTED = (
    "Warning: Uncommitted configurations found, commit them before exiting? "
    "[Y(yes)/N(no)/C(cancel)]:"
)
_CHOOSE = "Error: Please choose 'YES', 'NO' or 'CANCEL' first before pressing 'Enter'. [Y/N/C]:"


def _system_view(asked: Asked, _: Words) -> BoxReply:
    entered = "Enter system view, return user view with return command."
    if asked.state.kind.comware:
        entered = "System View: return to User View with Ctrl+Z."
    session = replace(asked.session, path=(), one_phase=False)
    return BoxReply(asked.state.with_session(session), (entered,))


def _immediately(asked: Asked, _: Words) -> BoxReply:
    if asked.state.kind.manner is not ChangeManner.TWO_PHASE:
        return asked.reply("Error: Too many parameters found at '^' position.")
    session = replace(asked.session, path=(), one_phase=True)
    entered = "Enter system view, return user view with return command."
    return BoxReply(asked.state.with_session(session), (entered,))


def _quit(asked: Asked, _: Words) -> BoxReply:
    path = asked.session.path
    if path is None:
        closed = replace(asked.session, closed=True)
        return BoxReply(asked.state.with_session(closed))
    if path:
        return BoxReply(asked.state.with_session(replace(asked.session, path=path[:-1])))
    return _return(asked, ())


def _return(asked: Asked, _: Words) -> BoxReply:
    if asked.session.path is None:
        return asked.reply()
    if is_dirty(asked.session):
        return asked.ask(LEAVING, _UNCOMMITTED)
    return BoxReply(asked.state.with_session(clean(asked)))


def clean(asked: Asked) -> CliSession:
    """The session in the user view, without a candidate."""
    return replace(asked.session, path=None, candidate=None, base=None, pending=(), question=None)


def leaving_answered(asked: Asked, answer: str) -> BoxReply:
    """The answer to the question on leaving with uncommitted changes."""
    here = replace(asked.session, question=None)
    if answer.strip().lower() in ("c", "cancel"):
        return BoxReply(asked.state.with_session(here))
    if no(answer):
        return BoxReply(asked.state.with_session(clean(asked)))
    if yes(answer):
        after = committed(Asked(asked.state.with_session(here), here, asked.line), label="")
        session = after.state.session(here.number)
        if is_dirty(session):
            return after
        return BoxReply(
            after.state.with_session(clean(Asked(after.state, session, ""))), after.lines
        )
    return asked.ask(LEAVING, _CHOOSE)


VIEW_COMMANDS = (
    OperatorCommand("system-view", _system_view, "user"),
    OperatorCommand("system-view immediately", _immediately, "user"),
    OperatorCommand("quit", _quit),
    OperatorCommand("return", _return, "system"),
)
