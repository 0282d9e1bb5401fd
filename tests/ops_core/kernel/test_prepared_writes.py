"""A write put together once stores what SQLAlchemy's own execution of it stores."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Row, Table, Text, bindparam, insert, select, text
from sqlalchemy.exc import IntegrityError

from ops_core.kernel.database import Database, connection_of
from ops_core.kernel.prepared_writes import PreparedWrite
from ops_core.kernel.tables import EventRow

EVENTS = cast(Table, EventRow.__table__)
STORED = [column for column in EVENTS.c if column.name != "position"]
ADD = insert(EVENTS).values({c.name: bindparam(f"event_{c.name}") for c in STORED})
BY_COLUMNS = PreparedWrite(insert(EVENTS), [column.name for column in STORED])
INSTANTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.timezones(),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.fixed_dictionaries(
    {
        "aggregate_type": st.just("link"),
        "aggregate_id": TEXTS,
        "sequence": st.integers(1, 2**31 - 1),
        "type": TEXTS,
        "payload": st.dictionaries(TEXTS, st.integers(-(2**50), 2**50) | TEXTS | st.none()),
        "occurred_at": INSTANTS,
        "recorded_at": INSTANTS,
        "actor": TEXTS,
    }
)


def stored(database: Database) -> list[Row[tuple[object, ...]]]:
    with database.reading() as session:
        query = select(*STORED).order_by(EVENTS.c.aggregate_id, EVENTS.c.sequence)
        return list(connection_of(session).execute(query))


def emptied(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("DELETE FROM events"))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=st.lists(
        VALUES, min_size=1, max_size=3, unique_by=lambda v: (v["aggregate_id"], v["sequence"])
    )
)
def test_what_is_stored_is_what_sqlalchemy_stores(
    database: Database, events: list[dict[str, object]]
) -> None:
    named = [{f"event_{name}": value for name, value in event.items()} for event in events]
    emptied(database)
    with database.transaction() as session:
        connection_of(session).execute(ADD, named)
    expected = stored(database)
    for write, values in ((PreparedWrite(ADD), named), (BY_COLUMNS, events)):
        emptied(database)
        with database.transaction() as session:
            write.execute(connection_of(session), values if len(values) > 1 else values[0])
        assert stored(database) == expected


EVENT = {
    "aggregate_type": "link", "aggregate_id": "a", "sequence": 1, "type": "cut", "payload": {},
    "occurred_at": datetime(2026, 11, 24, tzinfo=UTC),
    "recorded_at": datetime(2026, 11, 24, tzinfo=UTC), "actor": "system",
}  # fmt: skip


def test_what_stands_in_the_statement_is_stored(database: Database) -> None:
    write = PreparedWrite(ADD.values(actor="system", sequence=bindparam("event_sequence") + 1))
    with database.transaction() as session:
        of_parameters = {f"event_{name}": value for name, value in EVENT.items() if name != "actor"}
        write.execute(connection_of(session), of_parameters)
    assert [(row.actor, row.sequence) for row in stored(database)] == [("system", 2)]


def test_a_value_that_is_missing_or_wrong_stores_nothing(database: Database) -> None:
    wrong = EVENT | {"occurred_at": datetime(2026, 11, 24)}  # noqa: DTZ001 - of no timezone
    missing = {name: value for name, value in EVENT.items() if name != "actor"}
    for values, error in ((wrong, ValueError), (missing, KeyError)):
        with database.transaction() as session, pytest.raises(error):
            BY_COLUMNS.execute(connection_of(session), values)
    assert stored(database) == []


def test_a_refusal_of_the_database_is_sqlalchemys_error(database: Database) -> None:
    def store_twice() -> None:
        with database.transaction() as session:
            later = EVENT | {"occurred_at": datetime(2026, 11, 24, tzinfo=UTC) + timedelta(1)}
            for values in (EVENT, later):
                BY_COLUMNS.execute(connection_of(session), values)

    with pytest.raises(IntegrityError) as refused:
        store_twice()
    assert "system" not in str(refused.value)  # what was given stands in no error
    assert stored(database) == []


def test_a_default_in_python_is_refused_rather_than_forgotten(database: Database) -> None:
    table = Table("a", MetaData(), Column("b", Integer), Column("c", Text, default="d"))
    with database.transaction() as session, pytest.raises(ValueError, match="not all"):
        PreparedWrite(insert(table), ["b"]).execute(connection_of(session), {"b": 1})
