"""What people call about, category by category: the words of ``matters.yml``."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from device_configs.site.values import Frozen

_FILE = Path(__file__).with_name("matters.yml")
_GENERAL = "general"
Triple = tuple[str, str, str]


class Matter(Frozen):
    """Words of one category: (title, what is reported, what the unit did about it) for troubles,
    (title, what is asked, what is answered) for questions."""

    troubles: tuple[Triple, ...]
    questions: tuple[Triple, ...]


def matter_of(category: str) -> Matter:
    """The words of a category; general ones, with its own title, for one that has none here."""
    matters = _matters()
    return matters.get(category, matters[_GENERAL])


@cache
def _matters() -> Mapping[str, Matter]:
    loaded = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return TypeAdapter(dict[str, Matter]).validate_python(loaded)
