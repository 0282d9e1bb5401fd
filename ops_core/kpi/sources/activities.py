"""Indicator 15's records: special activities, accepted in time."""

from functools import partial

from ops_core.kpi.planned_work import PlannedWorkSource

NUMBER = 15
SOURCE = partial(PlannedWorkSource, number=NUMBER)
