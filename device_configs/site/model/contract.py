"""The service contract: fault classes with criteria and clocks, indicators, snapshot times."""

import re
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from device_configs.site.model.policy import Weekday
from device_configs.site.model.values import Frozen, Title
from device_configs.site.texts import Cell, Key, Line, Reference

MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


class FaultClassName(StrEnum):
    """Fault classes of indicator 12, most severe first: 重大, 严重, 一般, 设备故障."""

    MAJOR = "major"
    SEVERE = "severe"
    GENERAL = "general"
    DEVICE = "device"


class ClockKind(StrEnum):
    RESPONSE = "response"
    RESTORATION = "restoration"


class ContractClock(Frozen):
    """One limit of a fault class. ``strict``: the text says 小于 (<) rather than 内 (<=)."""

    kind: ClockKind
    limit: timedelta
    strict: bool
    scored: bool = True


class Criteria(Frozen):
    """When a fault belongs to a class; any one that is given and met suffices."""

    all_services_down: bool = False
    seats_out_ratio_above: Decimal | None = None
    seats_out_ratio_from: Decimal | None = None
    core_redundancy_lost: bool = False
    any_redundancy_lost: bool = False
    seat_equipment: bool = False
    otherwise: bool = False


class FaultClass(Frozen):
    name: FaultClassName
    title: Title
    criteria: Criteria
    clocks: tuple[ContractClock, ...]


class IndicatorMeasure(StrEnum):
    """What of its judged records an indicator is: a share, a rate, a count."""

    GOOD_SHARE = "good_share"
    """Good ones of those counted."""
    MISSED_SHARE = "missed_share"
    """Misses of those counted: less is better."""
    MISSED_PER_BASE = "missed_per_base"
    """Misses by records of another kind (complaints by requests): less is better."""
    MISSED_COUNT = "missed_count"
    """Misses as such: less is better, and none has to be proved."""


class Indicator(Frozen):
    """An indicator as the contract words it."""

    number: int = Field(ge=1, le=99)
    """1 to 15 as in the contract's table of assessment."""
    name: Key
    title: Title
    target: Decimal
    comparison: Literal[">=", "<=", "=="]
    period: Literal["month", "contract_year"]
    cohort: Key
    """The one time stamp that puts a record into a period."""
    measure: IndicatorMeasure = IndicatorMeasure.GOOD_SHARE


class DrillSchedule(Frozen):
    """When the redundant set is drilled in a twin of its own, once in each window.

    ``days``: on which a window opens, in the contract's time zone; one that closes earlier than it
    opens closes on the day after. ``faults``: those whose name matches the regular expression.
    """

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time
    faults: Cell = ""
    repeats: int = Field(default=1, ge=1, le=20)

    @field_validator("faults")
    @classmethod
    def _is_expression(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return text

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.opens == self.closes:
            raise ValueError("the window has no length: opens and closes are the same")
        return self


class Contract(Frozen):
    number: Line
    version: int
    timezone: Reference
    year_start: Annotated[str, Field(pattern=MONTH_DAY)]
    """Month and day on which a contract year starts, ``MM-DD``."""
    snapshot_times: tuple[time, ...]
    core_roles: tuple[Reference, ...]
    fault_classes: tuple[FaultClass, ...]
    indicators: tuple[Indicator, ...]
    drills: DrillSchedule | None = None
    """Without one nothing is drilled by itself."""

    def fault_class(self, name: FaultClassName) -> FaultClass:
        return next(fault_class for fault_class in self.fault_classes if fault_class.name is name)
