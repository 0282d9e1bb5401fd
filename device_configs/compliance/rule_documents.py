"""Rules that a configuration keeps, as they stand in ``rules/*.yml``."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


class ComplianceRulesInvalid(Exception):
    """The data has faults; this is a fault of the product, not of a configuration."""


def _compiles(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


Expression = Annotated[str, AfterValidator(_compiles)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleTitle(_Frozen):
    """A text in both languages."""

    zh: str
    en: str


class LineRequirement(_Frozen):
    """What the lines of a configuration must hold or must not; exactly one of both.

    Expressions are searched in a line without its indentation. ``within``: judged in each view
    whose opening line fits, none is fine; ``some``: as well, and one such view must be there.
    ``file``: in the files whose path fits (devices that are files), all of which count as one.
    ``conditional`` (``if``): judged only when any line of the text fits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    forbids: Expression = ""
    requires: Expression = ""
    within: Expression = ""
    some: Expression = ""
    file: Expression = ""
    conditional: Expression = Field(default="", alias="if")

    @model_validator(mode="after")
    def _one_of_both(self) -> "LineRequirement":
        if bool(self.forbids) == bool(self.requires):
            raise ValueError("give either what it forbids or what it requires")
        return self


class ComplianceRule(_Frozen):
    """One rule, with what it asks of each family; a family that is not named is not judged."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    title: RuleTitle
    remedy: RuleTitle
    source: str = ""
    production_only: bool = False
    """Not asked of a site that declares ``demonstration: true``."""
    families: Mapping[str, tuple[LineRequirement, ...]]


class RuleFile(_Frozen):
    """A file of rules."""

    rules: tuple[ComplianceRule, ...]


RULES = Path(__file__).parent / "rules"


@cache
def load_rules(folder: Path = RULES) -> tuple[ComplianceRule, ...]:
    """The rules of every file of a folder. Raises :class:`ComplianceRulesInvalid`."""
    found: list[ComplianceRule] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
            found.extend(RuleFile.model_validate(content).rules)
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise ComplianceRulesInvalid(f"{path}: {error}") from error
    twice = _twice(rule.name for rule in found)
    if twice:
        raise ComplianceRulesInvalid(f"{folder}: two rules are named {', '.join(twice)}")
    return tuple(found)


def _twice(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
