"""The kinds of registers: which fields, states and steps each has, and who takes them; as data.

A kind is one file of ``kinds/``. Its Chinese words get their English from the catalogue.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Side

FOLDER = Path(__file__).parent / "kinds"
PLANNED = "planned"
"""The state of every new item, whatever its kind."""
PLAN, PROPOSE, AGREE, REFUSE = "plan", "propose", "agree", "refuse"
"""What every kind has apart from its steps: planning, and the amendment of the due date."""
RESERVED: Mapping[str, Message] = MappingProxyType(
    {
        PLAN: message("列入计划"),
        PROPOSE: message("申请调整到期日"),
        AGREE: message("同意调整"),
        REFUSE: message("不同意调整"),
    }
)

Word = Annotated[str, Field(min_length=1), AfterValidator(message)]


class FieldType(StrEnum):
    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    """A whole number, 0 or more."""
    CHOICE = "choice"


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegisterField(_Declared):
    """What is written down about an item, at planning or with a step."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    title: Word
    type: FieldType
    required: bool = False
    choices: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _choices_belong_to_choices(self) -> Self:
        if (self.type is FieldType.CHOICE) != bool(self.choices):
            raise ValueError(f"{self.name}: choices belong to fields of the type choice")
        return self


class RegisterStep(_Declared):
    """A transition: ``not_by`` names the steps whose takers of this round may not take it."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    word: Word
    from_states: tuple[str, ...] = Field(alias="from", min_length=1)
    to: str
    by: Side
    reason: bool = False
    evidence: bool = False
    not_by: tuple[str, ...] = ()
    starts_round: bool = False
    """Who took earlier steps no longer matters: a new text is reviewed from the beginning."""
    fields: tuple[RegisterField, ...] = ()


class RegisterKind(_Declared):
    """One kind of register; ``indicator`` is the contract's row made of it, if one is."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    title: Word
    indicator: int | None = None
    planned_by: tuple[Side, ...] = Field(min_length=1)
    done: str
    """The state that counts as done."""
    cancelled: str
    tree: str = ""
    """The field by whose choices a list is grouped."""
    acknowledged: bool = False
    """Whether the centre's people acknowledge what is in effect."""
    fields: tuple[RegisterField, ...]
    states: dict[str, Word]
    steps: tuple[RegisterStep, ...]

    @model_validator(mode="after")
    def _everything_named_is_there(self) -> Self:
        names = [step.name for step in self.steps]
        named = {PLANNED, self.done, self.cancelled}
        named |= {s for step in self.steps for s in (*step.from_states, step.to)}
        if unknown := named - self.states.keys():
            raise ValueError(f"states that are not declared: {sorted(unknown)}")
        if len(set(names)) < len(names) or RESERVED.keys() & set(names):
            raise ValueError("a step has the name of another one")
        if unknown := {n for step in self.steps for n in step.not_by} - set(names):
            raise ValueError(f"steps that are not declared: {sorted(unknown)}")
        if self.tree and self.tree not in {field.name for field in self.fields if field.choices}:
            raise ValueError(f"the tree {self.tree} is no field with choices")
        return self

    def step(self, name: str) -> RegisterStep | None:
        """The step of that name, None when the kind has none."""
        return next((step for step in self.steps if step.name == name), None)

    def steps_from(self, state: str) -> tuple[RegisterStep, ...]:
        """What a state allows, in the declared order."""
        return tuple(step for step in self.steps if state in step.from_states)

    def is_open(self, state: str) -> bool:
        """Whether an item of that state is neither done nor cancelled."""
        return state not in (self.done, self.cancelled)

    def word_of(self, step: str) -> Message:
        """What a step is called, planning and amendments among them."""
        declared = self.step(step)
        if declared is None:
            return RESERVED.get(step, Message(step, {}))
        return message(declared.word)

    def state_word(self, state: str) -> Message:
        return message(self.states.get(state, state))

    @property
    def every_field(self) -> tuple[RegisterField, ...]:
        """Those of planning and of all steps, each name once."""
        found = {field.name: field for field in self.fields}
        for step in self.steps:
            found |= {field.name: field for field in step.fields if field.name not in found}
        return tuple(found.values())


def load_kinds(folder: Path) -> Mapping[str, RegisterKind]:
    """Every kind by its name. Raises ValueError that names the file and what is wrong with it."""
    kinds: dict[str, RegisterKind] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            kind = RegisterKind.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise ValueError(f"{path.name}: {error}") from error
        if kind.name in kinds or kind.name != path.stem:
            raise ValueError(f"{path.name}: the name is that of the file, and no other kind's")
        kinds[kind.name] = kind
    return MappingProxyType(kinds)


@cache
def every_kind() -> Mapping[str, RegisterKind]:
    """The kinds of the product, in the order of menus."""
    found = load_kinds(FOLDER)
    order = ("standards", "assessments", "activities", "content", "documents")
    names = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return MappingProxyType({name: found[name] for name in names})


def kind_named(name: str) -> RegisterKind:
    """Raises :class:`NotFound`."""
    kind = every_kind().get(name)
    if kind is None:
        raise NotFound(
            "没有这种计划",
            message("没有名为 {name} 的计划台账。", name=name),
            message("可选：{names}。", names="、".join(every_kind())),
        )
    return kind


def kinds_of_indicator(number: int) -> tuple[str, ...]:
    """The registers that a row of the contract is made of."""
    return tuple(name for name, kind in every_kind().items() if kind.indicator == number)
