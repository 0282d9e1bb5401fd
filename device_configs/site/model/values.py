"""Values that every part of the declaration is made of."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9-]{0,30}$"
"""A name that becomes part of a configuration: every platform takes it."""


class Frozen(BaseModel):
    """A value: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Title(Frozen):
    """A name as people read it, in both screen languages."""

    zh: str
    en: str


class WallPosition(Frozen):
    """Where the element is drawn on the wall's topology: column 0-23, row 0-9."""

    column: float = Field(ge=0, le=23)
    row: float = Field(ge=0, le=9)


class Half(StrEnum):
    """The half of the dual network a device belongs to (requirement A1)."""

    A = "A"
    B = "B"
    SHARED = "shared"
