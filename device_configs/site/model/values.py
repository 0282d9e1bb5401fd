"""Values that every part of the declaration is made of."""

from enum import StrEnum

from pydantic import Field

from device_configs.site.values import Frozen as Frozen
from device_configs.site.values import Title as Title


class WallPosition(Frozen):
    """Where the element is drawn on the wall's topology: column 0-23, row 0-9."""

    column: float = Field(ge=0, le=23)
    row: float = Field(ge=0, le=9)


class Half(StrEnum):
    """The half of the dual network a device belongs to (requirement A1)."""

    A = "A"
    B = "B"
    SHARED = "shared"
