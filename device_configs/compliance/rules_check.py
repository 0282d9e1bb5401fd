"""A configuration held against the rules (pure): what it lacks and what it must not have."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from device_configs.compliance.rule_documents import ComplianceRule, LineRequirement, RuleTitle
from device_configs.grammar.lines import SourceLine, read_line
from device_configs.grammar.masking import masked
from device_configs.site.model import ComplianceException

TEXT = ""
"""The name of the one text of a device whose configuration is no set of files."""


class ComplianceState(StrEnum):
    """What is said of a device and a rule; findings are never ``kept``."""

    KEPT = "kept"
    VIOLATED = "violated"
    EXCEPTED = "excepted"
    """An exception that has not expired covers it."""
    UNKNOWN = "unknown"
    """There was no configuration to judge; it never counts as kept."""


@dataclass(frozen=True, slots=True)
class ComplianceFinding:
    """One rule that one device does not keep, or of which nobody can say so.

    ``line`` is the number of the line in ``file``, from 1, and ``text`` the line with secrets
    masked. Where a line is ``missing`` they are those of the line that opens its view, or 0 and
    nothing. ``expired`` when an exception for it ran out.
    """

    device: str
    rule: str
    title: RuleTitle
    state: ComplianceState
    remedy: RuleTitle
    file: str = TEXT
    line: int = 0
    text: str = ""
    missing: bool = False
    exception: ComplianceException | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    number: int
    source: SourceLine
    around: tuple[str, ...]
    """The lines that open the views around it, outermost first."""


def check_compliance(
    device: str,
    family: str,
    files: Mapping[str, str] | str | None,
    rules: Iterable[ComplianceRule],
    exceptions: Iterable[ComplianceException] = (),
    *,
    today: date,
    production: bool = True,
) -> tuple[ComplianceFinding, ...]:
    """Every rule that a device does not keep, in the order of the rules, then of the lines.

    ``files`` is the text of the configuration, or texts by path for a device that is files; None
    or blank where it could not be read: every rule is then unknown. ``family`` is the one the text
    is written in (``huawei_vrp``, ``h3c_comware``, ``arista_eos``, ``frr`` for FRR and Linux). An
    exception holds up to and including its last day.
    """
    texts = {TEXT: files} if isinstance(files, str) else dict(files or {})
    lines = [line for path, text in texts.items() for line in _lines(path, text)]
    found: list[ComplianceFinding] = []
    for rule in applying_rules(rules, family, production=production):
        exception = covering_exception(rule.name, device, exceptions)
        if not lines:
            found.append(_finding(device, rule, ComplianceState.UNKNOWN))
            continue
        state = state_under(exception, today)
        found.extend(
            _finding(device, rule, state, place, exception)
            for requirement in rule.families[family]
            for place in _broken(requirement, lines)
        )
    return tuple(found)


def applying_rules(
    rules: Iterable[ComplianceRule], family: str, *, production: bool
) -> tuple[ComplianceRule, ...]:
    """The rules that are asked of a device of this family."""
    return tuple(
        rule for rule in rules
        if family in rule.families and (production or not rule.production_only)
    )  # fmt: skip


def covering_exception(
    rule: str, device: str, exceptions: Iterable[ComplianceException]
) -> ComplianceException | None:
    """The exception of a device from a rule that holds longest; it may have run out."""
    return max(
        (one for one in exceptions if one.rule == rule and device in one.devices),
        key=lambda one: one.until,
        default=None,
    )


def state_under(exception: ComplianceException | None, today: date) -> ComplianceState:
    """What a rule that is not kept is on a day: an exception holds through its last day."""
    excepted = exception is not None and exception.until >= today
    return ComplianceState.EXCEPTED if excepted else ComplianceState.VIOLATED


def unknown_rules(
    exceptions: Iterable[ComplianceException], rules: Sequence[ComplianceRule]
) -> tuple[str, ...]:
    """The names of exceptions from a rule that does not exist."""
    known = {rule.name for rule in rules}
    return tuple(one.name for one in exceptions if one.rule not in known)


@dataclass(frozen=True, slots=True)
class _Place:
    file: str = TEXT
    line: int = 0
    text: str = ""
    missing: bool = False


def _finding(
    device: str,
    rule: ComplianceRule,
    state: ComplianceState,
    place: _Place | None = None,
    exception: ComplianceException | None = None,
) -> ComplianceFinding:
    where = place or _Place()
    return ComplianceFinding(
        device,
        rule.name,
        rule.title,
        state,
        rule.remedy,
        where.file,
        where.line,
        where.text,
        where.missing,
        exception,
        expired=exception is not None and state is ComplianceState.VIOLATED,
    )


def _broken(requirement: LineRequirement, lines: Sequence[_Line]) -> Iterator[_Place]:
    """Where a requirement is not kept."""
    if requirement.file:
        lines = [line for line in lines if re.search(requirement.file, line.file)]
        if not lines and not requirement.requires:
            return
    if requirement.conditional and not _any(requirement.conditional, lines):
        return
    view = requirement.within or requirement.some
    if not view:
        yield from _broken_in(requirement, lines, _Place(missing=True))
        return
    blocks = _blocks(view, lines)
    if not blocks and requirement.some:
        yield _Place(missing=True)
    for opening, inside in blocks:
        yield from _broken_in(requirement, inside, replace(_place(opening), missing=True))


def _broken_in(
    requirement: LineRequirement, lines: Sequence[_Line], missing: _Place
) -> Iterator[_Place]:
    if requirement.forbids:
        yield from (_place(line) for line in lines if re.search(requirement.forbids, _text(line)))
    elif not _any(requirement.requires, lines):
        yield missing


def _blocks(expression: str, lines: Sequence[_Line]) -> list[tuple[_Line, list[_Line]]]:
    """The lines that open a view that fits, each with the lines inside it."""
    found: list[tuple[_Line, list[_Line]]] = []
    for line in lines:
        if re.search(expression, _text(line)):
            found.append((line, []))
        elif found and _text(found[-1][0]) in line.around:
            found[-1][1].append(line)
    return found


def _any(expression: str, lines: Iterable[_Line]) -> bool:
    return any(re.search(expression, _text(line)) for line in lines)


def _lines(path: str, text: str) -> Iterator[_Line]:
    opened: list[tuple[int, str]] = []
    for number, raw in enumerate(text.replace("\0", "").splitlines(), start=1):
        line = read_line(number, raw.expandtabs(1))
        if line is None or line.text.startswith(("#", "!")):
            continue
        while opened and opened[-1][0] >= line.indent:
            opened.pop()
        yield _Line(path, number, line, tuple(text for _, text in opened))
        opened.append((line.indent, line.text))


def _text(line: _Line) -> str:
    return line.source.text


def _place(line: _Line) -> _Place:
    return _Place(line.file, line.number, masked(line.source))
