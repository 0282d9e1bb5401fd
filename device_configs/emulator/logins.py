"""A session begins and ends (pure)."""

from dataclasses import replace
from datetime import UTC, datetime

from device_configs.emulator.asking import no, yes
from device_configs.emulator.deadlines import without_trial
from device_configs.emulator.state import BoxSignIn, BoxState, CliSession, OpenQuestion

PASSWORD_QUESTION = "password-change"  # noqa: S105 - names a question
SIGN_INS_KEPT = 512
"""Lines that a log buffer holds unless configured otherwise, on either platform."""
_CHANGE = (
    "Warning: The initial password poses security risks.",
    "The password needs to be changed. Change now? [Y/N]:",
)


def opened(state: BoxState, user: str, address: str) -> tuple[BoxState, CliSession, list[str]]:
    """The box with one more session, that session, and what it shows before the first prompt."""
    number = state.logins + 1
    session = CliSession(number, user, address, state.now)
    if state.traits.password_question:
        session = replace(session, question=OpenQuestion(PASSWORD_QUESTION, _CHANGE[1]))
    greeting = [*state.traits.banner, *_greeting(state)]
    if session.question is not None:
        greeting = [_CHANGE[0]]
    signed_in = (*state.sign_ins, BoxSignIn(state.now, user, address))[-SIGN_INS_KEPT:]
    state = replace(state, logins=number, sign_ins=signed_in)
    return state.with_session(session), session, greeting


def ended(state: BoxState, number: int) -> BoxState:
    """The box without a session: its lock is free, its trial without persist is rolled back."""
    if number not in state.sessions:
        return state
    left = {key: session for key, session in state.sessions.items() if key != number}
    state = replace(state, sessions=left)
    if state.exclusive == number:
        state = replace(state, exclusive=None)
    trial = state.trial
    if trial is not None and trial.persist is None and trial.session == number:
        state = without_trial(state)
    return state


def password_answered(state: BoxState, session: CliSession, answer: str) -> BoxState | None:
    """The box after the answer to the question for a new password; None: it asks again.

    Only ``N`` is taken: no password of the emulator is ever changed.
    """
    if yes(answer) or not no(answer):
        return None
    return state.with_session(replace(session, question=None))


def _greeting(state: BoxState) -> list[str]:
    at = datetime.fromtimestamp(state.now, UTC)
    if state.kind.comware:
        return []
    online = len(state.sessions) + 1
    if state.kind.name == "vrp8":
        return [
            "",
            f"Info: The max number of VTY users is 15, the number of current VTY users online is "
            f"{online}, and total number of terminal users online is {online}.",
            f"      The current login time is {at:%Y-%m-%d %H:%M:%S}.",
        ]
    return [
        "",
        "Info: The max number of VTY users is 10, and the number",
        f"      of current VTY users on line is {online}.",
        f"      The current login time is {at:%Y-%m-%d %H:%M:%S}+00:00.",
    ]
