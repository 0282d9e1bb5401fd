"""Indicator 11's records: standards that are planned, published in time."""

from functools import partial

from ops_core.kpi.planned_work import PlannedWorkSource

NUMBER = 11
SOURCE = partial(PlannedWorkSource, number=NUMBER)
