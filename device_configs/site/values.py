"""What the values of a declaration have in common."""

from pydantic import BaseModel, ConfigDict

from device_configs.site.texts import Line


class Frozen(BaseModel):
    """A value: immutable, and closed to fields nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Title(Frozen):
    """A name as people read it, in both screen languages."""

    zh: Line
    en: Line

    @classmethod
    def composed(cls, zh: str, en: str) -> "Title":
        """Words put together from declared ones: they may be empty, or longer than a file's."""
        return cls.model_construct(zh=zh, en=en)
