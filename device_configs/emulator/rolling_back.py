"""VRP 8: back to a point of the commit list (pure)."""

from dataclasses import replace

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words, no, yes
from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.loading import load_text
from device_configs.emulator.state import BoxState, CommitPoint
from device_configs.emulator.two_phase import locked_by

ROLLING_BACK = "rollback"
_ASK = (
    "Warning: This operation will revert configuration changes to the previous status. The "
    "configuration that was committed since then is lost. Continue? [Y/N]:"
)
_DONE = (
    "Loading rollback changes",
    "Committing",
    "Check rollback result",
    "Configuration rollback succeeded.",
)
_MOST_COMMITS = 80


def _rollback(asked: Asked, words: Words) -> BoxReply:
    if (refused := locked_by(asked.state, asked.session)) is not None:
        return asked.reply(refused)
    if asked.state.trial is not None:
        return asked.reply("Error: The system is in the trial configuration mode.")
    try:
        target = _target(asked.state, words)
    except KeyError as unknown:
        return asked.reply(f"Error: {unknown.args[0]}")
    return asked.ask(ROLLING_BACK, _ASK, target)


def rollback_answered(asked: Asked, answer: str, target: ConfigLine) -> BoxReply:
    """The rollback is a commit of its own; what it undoes stays on the list."""
    here = replace(asked.session, question=None)
    state = asked.state.with_session(here)
    if no(answer) or not yes(answer):
        return BoxReply(state)
    point = CommitPoint(
        state.commits[-1].number + 1 if state.commits else 1000000001,
        "", here.user, state.now, state.running, target, "rollback",
    )  # fmt: skip
    commits = (*state.commits, point)[-_MOST_COMMITS:]
    return BoxReply(replace(state, running=target, commits=commits), _DONE)


def _target(state: BoxState, words: Words) -> ConfigLine:
    """The configuration to go back to. Raises KeyError with what is wrong."""
    match words:
        case ("to", "commit-id", number):
            found = [p for p in state.commits if str(p.number) == number]
            if not found:
                raise KeyError(f"The commit ID {number} does not exist.")
            return found[0].after
        case ("to", "label", label):
            found = [p for p in state.commits if p.label == label.strip('"')]
            if not found:
                raise KeyError(f"The label {label} does not exist.")
            return found[-1].after
        case ("to", "file", name):
            text = state.files.get(name.removeprefix("flash:/"))
            if text is None:
                raise KeyError(f"The file {name} does not exist.")
            return load_text(state.kind.vocabulary, text).root
        case ("last", count) if count.isdigit() and 1 <= int(count) <= _MOST_COMMITS:
            if int(count) > len(state.commits):
                raise KeyError("The number of rollback points is less than that.")
            return state.commits[-int(count)].before
    raise KeyError("Wrong parameter found at '^' position.")


ROLLBACK_COMMANDS = (OperatorCommand("rollback configuration ...", _rollback, "user"),)
