"""Refusals a person can act upon, and the one place that turns them into an answer.

Raise them where the rule is broken, with what was wrong and what to do. Only the edge converts:
the web layer by :func:`problem_of` (RFC 9457), the command line by :func:`exit_code_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar

from ops_core.kernel.i18n import Message, message, translate

if TYPE_CHECKING:
    from pydantic import JsonValue

PROBLEM_MEDIA_TYPE = "application/problem+json"


class DomainError(Exception):
    """A request that cannot be granted.

    ``title`` names the kind of refusal, ``detail`` this one, ``remedy`` what to do about it;
    ``status`` is the HTTP status the web answers with (the class's own when not given), and
    ``members`` go with the answer for programs to read (extension members of RFC 9457).
    """

    default_status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        title: str,
        detail: str = "",
        remedy: str = "",
        status: int | None = None,
        members: Mapping[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(title, detail, remedy)
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.status = int(self.default_status if status is None else status)
        self.members = dict(members or {})

    def __str__(self) -> str:
        return "\n".join(line for line in (self.title, self.detail, self.remedy) if line)


class Invalid(DomainError):
    """What was asked makes no sense as it stands."""

    default_status = HTTPStatus.UNPROCESSABLE_ENTITY
    exit_code = 2


@dataclass(frozen=True, slots=True)
class ItemFault:
    """One thing wrong with one item of a batch; ``index`` counts from 0."""

    index: int
    field: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"[{self.index}].{self.field}: found {self.found!r}; {self.remedy}"


class InvalidItems(Invalid):
    """A batch none of which was taken; ``faults`` names everything that is wrong with it."""

    def __init__(self, title: str, detail: str, remedy: str, faults: tuple[ItemFault, ...]) -> None:
        listed: list[JsonValue] = [asdict(fault) for fault in faults]
        super().__init__(title, detail, remedy, members={"faults": listed})
        self.faults = faults


class NotFound(DomainError):
    """What was asked for is not there."""

    default_status = HTTPStatus.NOT_FOUND
    exit_code = 3


class Conflict(DomainError):
    """It makes sense, but not in the present state."""

    default_status = HTTPStatus.CONFLICT
    exit_code = 4


class Forbidden(DomainError):
    """The actor's roles do not allow it; ``permission`` is the one that is missing, if one is."""

    default_status = HTTPStatus.FORBIDDEN
    exit_code = 5
    permission: str = ""


class Unauthenticated(DomainError):
    """Nobody is signed in, or the name and the password do not belong together."""

    default_status = HTTPStatus.UNAUTHORIZED
    exit_code = 6


class TooManyAttempts(DomainError):
    """Sign-in is closed for this name; ``retry_after_s`` says for how many seconds."""

    default_status = HTTPStatus.TOO_MANY_REQUESTS
    exit_code = 6

    def __init__(self, title: str, detail: str, remedy: str, retry_after_s: int) -> None:
        super().__init__(title, detail, remedy)
        self.retry_after_s = retry_after_s


class DatabaseTrouble(StrEnum):
    """Why the database cannot be used for the moment."""

    LOCKED = "locked"
    """Somebody else holds it for longer than we wait."""
    FULL = "full"
    """Its disk has no room, or cannot be written."""
    AWAY = "away"
    """Its server does not answer, or every connection is in use."""


class DatabaseBusy(DomainError):
    """The database cannot be used now; the same request may be granted later.

    Whoever works by itself repeats the same step with the same input; a person is answered 503 and
    after how many seconds to try again.
    """

    default_status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 7

    def __init__(self, trouble: DatabaseTrouble) -> None:
        detail, self.retry_after_s = _DATABASE_TROUBLES[trouble]
        super().__init__(
            message("数据库暂时不可用"), detail, message("本次操作没有完成，请稍后核对并重试。")
        )
        self.trouble = trouble


_DATABASE_TROUBLES = {
    DatabaseTrouble.LOCKED: (message("数据库正被其他操作占用，等待超时。"), 5),
    DatabaseTrouble.FULL: (message("数据库所在磁盘已满或不可写。"), 30),
    DatabaseTrouble.AWAY: (message("数据库连接不上。"), 10),
}
"""What is wrong, and after how many seconds it is worth while to try again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The members of an RFC 9457 answer; ``remedy`` and ``members`` are our extensions."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    members: Mapping[str, JsonValue] = field(default_factory=dict)


def problem_of(error: DomainError, language: str = "zh") -> Problem:
    """The RFC 9457 answer to a refusal, in a language."""
    return localized_problem(refusal_of(error), language)


def refusal_of(error: DomainError) -> Problem:
    """The same before it is said in a language; ``type`` is a URN by the error's class."""
    name = type(error).__name__
    kebab = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
    return Problem(
        type=f"urn:zhishou:problem:{kebab}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        remedy=error.remedy,
        members=error.members,
    )


def localized_problem(problem: Problem, language: str) -> Problem:
    """The answer with its texts in a language."""
    return replace(
        problem,
        title=translate(problem.title, language),
        detail=translate(problem.detail, language),
        remedy=translate(problem.remedy, language),
        members={name: _localized(value, language) for name, value in problem.members.items()},
    )


def _localized(value: JsonValue, language: str) -> JsonValue:
    """The texts in a member in the language; what is no :class:`Message` stays as it is."""
    match value:
        case Message():
            return translate(value, language)
        case list():
            return [_localized(item, language) for item in value]
        case dict():
            return {name: _localized(item, language) for name, item in value.items()}
    return value


def exit_code_of(error: DomainError) -> int:
    """The exit code of a command that ended with this refusal (never 0)."""
    return error.exit_code
