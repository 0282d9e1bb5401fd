"""A seeded simulation of a hotline's days, for demonstrations: pure, marked by its source.

Everything it brings bears :data:`SOURCE`: as the source of call events and as the source of
requests (``source_org``). Whoever shows such records says 演示数据.
"""

SOURCE = "demonstration"
"""``CallEvent.source`` and ``CaseDraft.source_org`` of whatever the demonstration brings."""
