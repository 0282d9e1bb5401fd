"""Indicator 14's records: assessment tasks, accepted in time."""

from functools import partial

from ops_core.kpi.planned_work import PlannedWorkSource

NUMBER = 14
SOURCE = partial(PlannedWorkSource, number=NUMBER)
