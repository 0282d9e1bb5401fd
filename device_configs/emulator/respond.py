"""A line and an instant in, a new state and an answer out (pure)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from device_configs.emulator.asking import (
    Asked,
    BoxReply,
    find_command,
)
from device_configs.emulator.command_tables import ANSWERS, commands_of
from device_configs.emulator.configuring import configure
from device_configs.emulator.deadlines import advanced
from device_configs.emulator.logins import PASSWORD_QUESTION, password_answered
from device_configs.emulator.prompts import prompt_of, working
from device_configs.emulator.state import BoxState, Instant
from device_configs.emulator.traits import hits
from device_configs.emulator.vocabulary import source_line

GARBAGE = "\x00\x1b[?7l\ufffd\ufffd~}{\x7f%%%\x07 0x0000dead"
_PIPE = re.compile(r"\s\|\s*(include|exclude|begin)\s+(.+)$")
_LONGEST_PATTERN = 255
_ALWAYS_FIRST = ("display", "quit", "return", "dis", "q", "commit", "abort")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the box sends after a line, without the echo; lines end as the terminal does."""

    lines: tuple[str, ...]
    prompt: str
    closed: bool = False
    """The box ends the session."""
    silent: bool = False
    """Neither the answer nor a prompt ever comes."""


def respond(state: BoxState, number: int, line: str, now: Instant) -> tuple[BoxState, Answer]:
    """Carry out one line of a session.

    A session that is gone (the box restarted, an operator ended it) gets a closed answer.
    """
    state = advanced(state, now)
    if number not in state.sessions:
        return state, Answer((), "", closed=True)
    session = state.session(number)
    session = replace(session, lines=session.lines + 1)
    state = replace(state.with_session(session), answers=state.answers + 1)
    traits = state.traits
    if hits(traits.drop_at, line) or (0 < traits.drop_after < session.lines):
        return state, Answer((), "", closed=True)
    asked = Asked(state, session, line)
    reply = _refused(asked) or _carried_out(asked)
    return reply.state, _answer(reply, number, line)


def _answer(reply: BoxReply, number: int, line: str) -> Answer:
    state = reply.state
    session = state.sessions.get(number)
    if session is None or session.closed or hits(state.traits.drop_behind, line):
        return Answer(reply.lines, "", closed=True)
    lines = _disturbed(state, reply.lines)
    if hits(state.traits.garbage_at, line):
        lines = (GARBAGE,)
    silent = hits(state.traits.silent_at, line)
    return Answer(lines, prompt_of(state, session), silent=silent)


def _disturbed(state: BoxState, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The answer with the time before it and a log line in its middle, where a trait says so."""
    traits = state.traits
    at = datetime.fromtimestamp(state.now, UTC)
    if traits.log_every and state.answers % traits.log_every == 0:
        middle = len(lines) // 2
        lines = (*lines[:middle], _log_line(state, at), *lines[middle:])
    if traits.time_stamps and lines:
        lines = (f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} +00:00", *lines)
    return lines


def _log_line(state: BoxState, at: datetime) -> str:
    if state.kind.comware:
        return (
            f"%{at:%b %e %H:%M:%S}:{at.microsecond // 1000:03} {at:%Y} {state.name} "
            "SHELL/5/SHELL_LOGIN: admin logged in from 192.0.2.1."
        )
    return (
        f"{at:%b %e %Y %H:%M:%S} {state.name} %%01SSH/4/SSH_FAIL(l)[0]:Failed to login through "
        "SSH. (IP=192.0.2.1, UserName=admin, Times=1)"
    )


def _refused(asked: Asked) -> BoxReply | None:
    if asked.session.question is None and hits(asked.state.traits.refuse, asked.line):
        if asked.state.kind.comware:
            return asked.reply("Failed to apply the command.")
        return asked.reply("Error: The system is busy, please try again later.")
    return None


def _carried_out(asked: Asked) -> BoxReply:
    question = asked.session.question
    if question is not None:
        if question.about == PASSWORD_QUESTION:
            after = password_answered(asked.state, asked.session, asked.line)
            return BoxReply(after if after is not None else asked.state)
        return ANSWERS[question.about](asked, asked.line, *question.values)
    text, pipe = _piped(asked.line.strip())
    words = source_line(text).words
    if not words:
        return asked.reply()
    in_user_view = asked.session.path is None
    if not in_user_view and words[0] not in _ALWAYS_FIRST and _is_configuration(asked):
        return configure(asked)
    found = find_command(commands_of(asked.state.kind), words, in_user_view)
    if found is not None:
        command, open_words = found
        reply = command.handler(asked, open_words)
        return BoxReply(reply.state, pipe(reply.lines))
    if in_user_view:
        sign = " % " if asked.state.kind.comware else "Error: "
        column = " " * len(prompt_of(asked.state, asked.session))
        return asked.reply(f"{column}^", f"{sign}Unrecognized command found at '^' position.")
    return configure(asked)


def _is_configuration(asked: Asked) -> bool:
    """Whether a form of the session's view takes the line."""
    vocabulary = asked.state.kind.vocabulary
    view = vocabulary.view(working(asked.state, asked.session), asked.session.path or ())
    line = source_line(asked.line.strip())
    return vocabulary.read(view, line) is not None or view.free_text


Filter = Callable[[Sequence[str]], tuple[str, ...]]


def _piped(line: str) -> tuple[str, Filter]:
    """The command before ``| include`` and its like, and what the pipe leaves of the answer."""
    found = _PIPE.search(line)
    if found is None or not line.startswith("dis"):
        return line, tuple
    kind, text = found.groups()
    try:
        pattern = re.compile(text[:_LONGEST_PATTERN])
    except (re.error, RecursionError):
        pattern = re.compile(re.escape(text))

    def include(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in lines if pattern.search(one))

    def exclude(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in lines if not pattern.search(one))

    def begin(lines: Sequence[str]) -> tuple[str, ...]:
        first = next((at for at, one in enumerate(lines) if pattern.search(one)), len(lines))
        return tuple(lines[first:])

    chosen = {"include": include, "exclude": exclude, "begin": begin}[kind]
    return line[: found.start()], chosen
