"""How a family's boxes speak: prompts, pager, refusals, questions, what falls in between. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAGER = re.compile(r" *---- More ----\s*$")
# The pager is wiped from the screen: cursor left, blanks over it, cursor left. Both families do.
_WIPED = re.compile(r" *---- More ----(?:\x1b\[\d+D *)*|\x1b\[\d+D *(?:\x1b\[\d+D)?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x08+ *\x08*|\x07|\x00")
_QUESTION = re.compile(
    r"(?:\[(?:Y/N|y/n|Y/N/C|Y\(yes\)/N\(no\)(?:/C\(cancel\))?)\]|\(y/n\)"
    r"|(?:[Pp]lease input the file name|To leave the existing filename)[^\n]*)\s*[:：]?[^\S\n]*$"
)
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d\d:\d\d)?(?: DST)?\s*$")


@dataclass(frozen=True, slots=True)
class Prompt:
    """``pair`` is HRP_M, HRP_S, RBM_P, RBM_S or ""; ``mark`` ~, * or ""."""

    name: str
    view: str
    """What stands behind the name: "" in the user view and the system view."""
    in_system: bool
    pair: str = ""
    mark: str = ""

    @property
    def standby(self) -> bool:
        """Whether the configuration of the pair is made on the other box."""
        return self.pair.endswith("_S")


@dataclass(frozen=True, slots=True)
class VendorSpeech:
    """What differs between the families."""

    family: str
    quiet: tuple[str, ...]
    """Lines at login: no pager, no log lines on this terminal."""
    log_line: re.Pattern[str]
    refusals: re.Pattern[str]
    """Any of them at the beginning of a line says that the box did not do it."""
    second_writer: re.Pattern[str]
    no_room: re.Pattern[str]


HUAWEI = VendorSpeech(
    family="huawei_vrp",
    quiet=("screen-length 0 temporary", "undo terminal monitor"),
    log_line=re.compile(r"^\w{3} +\d+ \d{4} \d\d:\d\d:\d\d\S* \S+ %%\d+\w+/\d+/.*$", re.M),
    refusals=re.compile(r"^ *(Error: ?.*|Error\[\d+\].*)$", re.M),
    second_writer=re.compile(r"locked by other user|configuration is occupied"),
    no_room=re.compile(r"not enough space|[Ii]nsufficient space|space is insufficient"),
)
COMWARE = VendorSpeech(
    family="h3c_comware",
    quiet=("screen-length disable", "undo terminal monitor"),
    log_line=re.compile(r"^%\w{3} +\d+ \d\d:\d\d:\d\d:\d+ \d{4} \S+ \w+/\d+/\w+:.*$", re.M),
    refusals=re.compile(
        r"^ *(% ?(?:Unrecognized|Incomplete|Too many|Wrong|Ambiguous|Error).*|Permission denied\.?"
        r"|The rule does not exist\.|Failed to .*|Error: .*|Not enough space .*"
        r"|[^\n]*(?:does not exist|cannot be [a-z]+ed|already exists)[^\n]*\.)$",
        re.M,
    ),
    second_writer=re.compile(r"locked by other user|configuration is locked|exclusive"),
    no_room=re.compile(r"[Nn]ot enough (?:storage )?space"),
)


def prompt_at_end(text: str, names: frozenset[str]) -> Prompt | None:
    """The prompt in which a text ends; ``names`` are those the box may have, empty for any."""
    last = text.rsplit("\n", 1)[-1].strip("\r ")
    found = re.fullmatch(
        r"(?P<pair>HRP_[MS]|RBM_[PS])?(?:<(?P<user>[^<>\s]+)>|\[(?P<mark>[~*]?)(?P<system>[^\[\]]+)\])",
        last,
    )
    if found is None or _QUESTION.search(last):
        return None
    pair = found["pair"] or ""
    shown = found["user"] or found["system"]
    name = next((n for n in sorted(names, key=len, reverse=True) if _begins(shown, n)), None)
    if names and name is None:
        return None
    name = name or shown
    view = shown[len(name) :].removeprefix("-")
    return Prompt(name, view, found["user"] is None, pair, found["mark"] or "")


def _begins(shown: str, name: str) -> bool:
    return shown == name or shown.startswith(f"{name}-")


def question_at_end(text: str) -> str | None:
    """The question a text ends with, as its last line; None where it ends with none."""
    return text.rstrip("\r ").rsplit("\n", 1)[-1].strip() if _QUESTION.search(text) else None


def pager_at_end(text: str) -> bool:
    """Whether a key is waited for."""
    return _PAGER.search(text) is not None


def readable(raw: str) -> str:
    """What a terminal would show: no pager, no control codes, one kind of line end."""
    return _ANSI.sub("", _WIPED.sub("", raw.replace("\r\n", "\n"))).replace("\r", "")


def answer_of(shown: str, line: str, speech: VendorSpeech) -> tuple[str, bool]:
    """The answer to a line: without echo, prompt, time stamp and log lines.

    The second value is whether a log line fell into it, so that it may be torn.
    """
    _, _, rest = shown.partition(line) if line else ("", "", shown)
    body = rest.rpartition("\n")[0]
    whole = speech.log_line.sub("\x01", body)
    torn = "\x01" in whole
    lines = [one for one in whole.strip("\n").split("\n") if one != "\x01"]
    if lines and _STAMP.match(lines[0]) and not line.startswith("display clock"):
        del lines[0]
    return "\n".join(lines).strip("\n"), torn


def refusal_in(answer: str, speech: VendorSpeech) -> str | None:
    """The vendor's sentence that says that a line was not carried out.

    Only a sentence at the beginning of a line counts: a description may hold the word "error".
    """
    found = speech.refusals.search(answer)
    return found.group(1).strip() if found else None


def caret_column(answer: str) -> int | None:
    """Where the caret line of a refusal points, from 0."""
    lines = answer.splitlines()
    return next((one.index("^") for one in lines if one.strip() == "^"), None)
