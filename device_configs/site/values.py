"""What the values of a declaration have in common."""

from pydantic import BaseModel, ConfigDict

from device_configs.site.texts import Line


class Frozen(BaseModel):
    """A value: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Title(Frozen):
    """What people read, in both screen languages: declared, or put together from what is."""

    zh: str
    en: str


class DeclaredTitle(Title):
    """A name as it is declared: a line of text that is there."""

    zh: Line
    en: Line
