"""VRP 8: candidate, commit, trial, commit list, rollback (pure).

The commands and their answers are those of the NetEngine 8000 and CloudEngine references
("Configuration Management"); docs/emulator.md lists what is assumed beyond them.
"""

import re
from dataclasses import replace

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words, no, yes
from device_configs.emulator.deadlines import without_trial
from device_configs.emulator.edits import NotInGrammar, edit
from device_configs.emulator.entries import ConfigLine
from device_configs.emulator.prompts import is_dirty
from device_configs.emulator.refusals import LineRefused
from device_configs.emulator.state import BoxState, CliSession, CommitPoint, Trial
from device_configs.emulator.vocabulary import source_line

CONFIRMING, ABORTING = "confirm-trial", "abort-trial"
_FIRST_COMMIT = 1000000001
_MOST_COMMITS = 80
_DEFAULT_S, _LEAST_S, _MOST_S = 600, 60, 65535
_TRIAL_MODE = "Info: The system enters the trial configuration mode."
_WILL_REVERT = (
    "The system will revert to previous configuration if the trial configuration is not "
    "confirmed in {} seconds."
)
_CONFIRM = "Warning: The trial configuration will be confirmed. Continue? [Y/N]:"
_ABORT = "Warning: The trial configuration will be rolled back. Continue? [Y/N]:"
_NO_TRIAL = "Error: The system is not in the trial configuration mode."
_WRONG_ID = "Error: The persist ID does not match that of the trial configuration."
_DISK_FULL = "Error: There is not enough space on the device."
_YES_OR_NO = "Error: Please choose 'YES' or 'NO' first before pressing 'Enter'. [Y/N]:"
_OPTIONS = re.compile(
    r"^commit(?: (?P<trial>trial)(?: (?P<seconds>\d+))?(?: label (?P<tlabel>\"[^\"]*\"|\S+))?)?"
    r"(?: label (?P<label>\"[^\"]*\"|\S+))?(?: persist (?P<persist>\"[^\"]*\"|\S+))?"
    r"(?: description (?P<description>.{1,60}))?$"
)


def locked_by(state: BoxState, session: CliSession) -> str | None:
    """The refusal of a writing line while another session holds the configuration."""
    holder = state.exclusive
    if state.trial is not None and holder is None:
        holder = state.trial.session
    if holder is None or holder == session.number:
        return None
    return f"Error: The configuration is locked by other user. [Session ID = {holder}]"


def _commit(asked: Asked, _: Words) -> BoxReply:
    found = _OPTIONS.match(" ".join(asked.line.split()))
    persist = found["persist"] if found else None
    if found is None or (persist and asked.state.traits.without_persist):
        return asked.reply("Error: Unrecognized command found at '^' position.")
    trial = asked.state.trial
    if found["trial"]:
        return _commit_trial(asked, found["seconds"], found["tlabel"] or "", persist)
    if trial is not None and persist is not None:
        if persist != trial.persist:
            return asked.reply(_WRONG_ID)
        return asked.ask(CONFIRMING, _CONFIRM)
    if trial is not None and trial.session == asked.session.number:
        return asked.ask(CONFIRMING, _CONFIRM)
    if persist is not None:
        return asked.reply(_NO_TRIAL)
    return committed(asked, found["label"] or "", found["description"] or "")


def _commit_trial(asked: Asked, seconds: str | None, label: str, persist: str | None) -> BoxReply:
    duration = int(seconds) if seconds else _DEFAULT_S
    if not _LEAST_S <= duration <= _MOST_S:
        return asked.reply("Error: Wrong parameter found at '^' position.")
    before = asked.state.running
    running = asked.state.trial
    if running is not None and running.session != asked.session.number:
        if persist is None or persist != running.persist:
            return asked.reply(locked_by(asked.state, asked.session) or _WRONG_ID)
        before = running.before
    elif running is not None:
        before = running.before
    after = committed(asked, label, record=running is None)
    if is_dirty(after.state.session(asked.session.number)):
        return after
    trial = Trial(
        before, asked.state.now + duration, asked.session.number,
        persist or (running.persist if running is not None else None),
    )  # fmt: skip
    state = replace(after.state, trial=trial)
    return BoxReply(state, (*after.lines, _TRIAL_MODE, _WILL_REVERT.format(duration)))


def committed(asked: Asked, label: str, description: str = "", record: bool = True) -> BoxReply:
    """The session's changes run now; refused as a whole where one line is, and nothing changes."""
    state, session = asked.state, asked.session
    if (refused := locked_by(state, session)) is not None:
        return asked.reply(refused)
    if state.traits.disk_full and is_dirty(session):
        return asked.reply(_DISK_FULL)
    try:
        after = _merged(state, session)
    except LineRefused as refusal:
        return asked.reply(str(refusal), "Error: Failed to commit the configuration.")
    number = state.commits[-1].number + 1 if state.commits else _FIRST_COMMIT
    point = CommitPoint(
        number, label.strip('"'), session.user, state.now, state.running, after, description
    )
    commits = state.commits
    if record and (after != state.running or label):
        commits = (*commits, point)[-_MOST_COMMITS:]
    session = replace(session, candidate=None, base=None, pending=())
    return BoxReply(replace(state, running=after, commits=commits).with_session(session))


def _merged(state: BoxState, session: CliSession) -> ConfigLine:
    """What would run: the candidate, or its lines again upon what others committed meanwhile."""
    if session.candidate is None:
        return state.running
    if session.base == state.running:
        return session.candidate
    root = state.running
    for path, text in session.pending:
        try:
            root = edit(state.kind.vocabulary, root, path, source_line(text)).root
        except (NotInGrammar, KeyError):
            raise LineRefused(
                f"Error: The configuration conflicts with another user's: {text}"
            ) from None
    return root


def confirming_answered(asked: Asked, answer: str) -> BoxReply:
    """The trial is confirmed: it stays, and what the session changed since runs as well."""
    here = replace(asked.session, question=None)
    asked = Asked(asked.state.with_session(here), here, asked.line)
    if no(answer):
        return asked.reply()
    if not yes(answer):
        return asked.ask(CONFIRMING, _YES_OR_NO)
    if asked.state.trial is None:
        return asked.reply(_NO_TRIAL)
    state = replace(asked.state, trial=None)
    return committed(Asked(state, here, asked.line), "")


def _abort(asked: Asked, words: Words) -> BoxReply:
    trial = asked.state.trial
    if trial is None:
        return asked.reply(_NO_TRIAL)
    match words:
        case ():
            mine = trial.session == asked.session.number
        case ("persist", name):
            mine = name == trial.persist
        case ("session", number):
            mine = number == str(trial.session)
        case _:
            return asked.reply("Error: Unrecognized command found at '^' position.")
    return asked.ask(ABORTING, _ABORT) if mine else asked.reply(_WRONG_ID)


def aborting_answered(asked: Asked, answer: str) -> BoxReply:
    """The trial is rolled back by hand."""
    here = replace(asked.session, question=None)
    asked = Asked(asked.state.with_session(here), here, asked.line)
    if no(answer):
        return asked.reply()
    if not yes(answer):
        return asked.ask(ABORTING, _YES_OR_NO)
    return BoxReply(
        without_trial(asked.state), ("Info: The trial configuration rollback succeeded.",)
    )


def _clear(asked: Asked, _: Words) -> BoxReply:
    session = replace(asked.session, candidate=None, base=None, pending=())
    return BoxReply(asked.state.with_session(session))


def _lock(asked: Asked, _: Words) -> BoxReply:
    if (refused := locked_by(asked.state, asked.session)) is not None:
        return asked.reply(refused)
    return BoxReply(replace(asked.state, exclusive=asked.session.number))


def _unlock(asked: Asked, _: Words) -> BoxReply:
    if asked.state.exclusive not in (None, asked.session.number):
        return asked.reply(locked_by(asked.state, asked.session) or "")
    return BoxReply(replace(asked.state, exclusive=None))


LOCK_COMMANDS = (
    OperatorCommand("configuration exclusive ...", _lock),
    OperatorCommand("undo configuration exclusive ...", _unlock),
)
COMMIT_COMMANDS = (
    OperatorCommand("commit ...", _commit, "system"),
    OperatorCommand("abort trial ...", _abort),
    OperatorCommand("clear configuration candidate", _clear, "system"),
)
