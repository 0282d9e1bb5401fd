"""What the values of a declaration have in common."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Title(Frozen):
    """A name as people read it, in both screen languages."""

    zh: str
    en: str
