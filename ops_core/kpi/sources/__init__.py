"""Where the records of each indicator come from: one module an indicator, found by itself.

A module says which row of the contract it serves (``NUMBER``) and how its records are read
(``SOURCE``, an :class:`RecordSource` made of the site).
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Protocol

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.pages import Page
from ops_core.kpi.records import Cohort, IndicatorReading, Show


class RecordSource(Protocol):
    """Where the records of one indicator come from."""

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """The counts, by aggregates where there may be many records."""
        ...

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """The records themselves, judged by the same rules as the counts."""
        ...


def _find() -> Mapping[int, Callable[[Site], RecordSource]]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return MappingProxyType({module.NUMBER: module.SOURCE for module in modules})


SOURCES = _find()
