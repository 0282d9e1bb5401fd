"""What the values of a declaration have in common."""

from datetime import date
from typing import get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from device_configs.site.texts import Line


class Frozen(BaseModel):
    """A value: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _written_as_meant(cls, value: object, info: ValidationInfo) -> object:
        """A truth value is no number, and a number no date, though both can be read as one."""
        if isinstance(value, int) and info.field_name in cls.model_fields:
            kinds = _kinds_of(cls.model_fields[info.field_name].annotation)
            if isinstance(value, bool) and kinds & {int, float} and bool not in kinds:
                raise ValueError("write a number, not a truth value")
            if date in kinds and int not in kinds:
                raise ValueError("write a date as 2026-01-31")
        return value


def _kinds_of(annotation: object) -> set[object]:
    """The types that a field may have, a union's taken apart."""
    return set(get_args(annotation)) or {annotation}


class Title(Frozen):
    """A name as people read it, in both screen languages."""

    zh: Line
    en: Line

    @classmethod
    def composed(cls, zh: str, en: str) -> "Title":
        """Words put together from declared ones: they may be empty, or longer than a file's."""
        return cls.model_construct(zh=zh, en=en)
