"""What figures count of requests, orders, callbacks and ratings is summed by day.

The sums of what is stored are counted here; from then on commands move them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_ZONE = ZoneInfo("Asia/Shanghai")
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
_AT = sa.DateTime(timezone=True)
_CASES = sa.table(
    "cases", sa.column("number", sa.Text), sa.column("channel", sa.Text),
    sa.column("received_at", _AT),
)  # fmt: skip
_ORDERS = sa.table(
    "work_orders", sa.column("number", sa.Text), sa.column("case_number", sa.Text),
    sa.column("answered_at", _AT), sa.column("first_dispatched_at", _AT),
    sa.column("returns", sa.Integer), sa.column("callback_within", sa.Integer),
)  # fmt: skip
_MATTERS = sa.table(
    "adjudications", sa.column("kind", sa.Text), sa.column("order", sa.Text),
    sa.column("state", sa.Text),
)  # fmt: skip
_TASKS = sa.table(
    "callback_tasks", sa.column("order", sa.Text), sa.column("opened_at", _AT),
    sa.column("outcome", sa.Text), sa.column("done_at", _AT),
    sa.column("attitude_score", sa.Integer),
)  # fmt: skip
_RATINGS = sa.table("attitude_ratings", sa.column("at", _AT), sa.column("score", sa.Integer))
Key = tuple[str, str, str]


def upgrade() -> None:
    sums = op.create_table(
        "day_sums",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "day", "kind", name=op.f("pk_day_sums")),
    )
    connection = op.get_bind()
    counted: Counter[Key] = Counter()
    for keys in (_requests, _dispatches, _callbacks, _ratings):
        counted.update(keys(connection))
    names = ("series", "day", "kind", "count")
    rows = [dict(zip(names, (*key, count), strict=True)) for key, count in counted.items()]
    if rows:
        connection.execute(sa.insert(sums), rows)


def downgrade() -> None:
    op.drop_table("day_sums")


def _requests(connection: sa.Connection) -> Iterator[Key]:
    found = connection.execute(
        sa.select(_CASES.c.channel, _CASES.c.received_at, _ORDERS.c.number, _ORDERS.c.answered_at)
        .select_from(_CASES.outerjoin(_ORDERS, _ORDERS.c.case_number == _CASES.c.number))
    )  # fmt: skip
    for channel, received, number, answered in found:
        day = _day_of(received)
        yield "requests", day, ""
        if number is None or channel not in ("web", "wechat"):
            continue
        kind = ""
        if answered is not None:
            kind = "at_once" if answered <= received + _DAY else _day_of(answered - _INSTANT)
        yield "web_answers", day, kind


def _dispatches(connection: sa.Connection) -> Iterator[Key]:
    states: dict[str, Counter[str]] = {}
    returned = sa.select(_MATTERS.c.order, _MATTERS.c.state).where(_MATTERS.c.kind == "return")
    for order, state in connection.execute(returned):
        states.setdefault(order, Counter())[state] += 1
    orders = sa.select(_ORDERS.c.number, _ORDERS.c.first_dispatched_at, _ORDERS.c.returns)
    dispatched = orders.where(_ORDERS.c.first_dispatched_at.is_not(None))
    for number, at, returns in connection.execute(dispatched):
        decided = states.get(number, Counter())
        kind = "otherwise" if returns else "never"
        if decided["rejected"] < returns:
            kind = "undecided"
        yield "dispatches", _day_of(at), "at_fault" if decided["upheld"] else kind


def _callbacks(connection: sa.Connection) -> Iterator[Key]:
    found = connection.execute(
        sa.select(_TASKS.c.opened_at, _TASKS.c.outcome, _ORDERS.c.callback_within,
                  _TASKS.c.done_at, _TASKS.c.attitude_score)
        .select_from(_TASKS.join(_ORDERS, _ORDERS.c.number == _TASKS.c.order))
    )  # fmt: skip
    for opened, outcome, within, done, score in found:
        yield "callbacks", _day_of(opened), f"open/{within}" if outcome is None else outcome
        if outcome == "reached" and done is not None:
            yield "callback_ratings", _day_of(done), "unrated" if score is None else "rated"


def _ratings(connection: sa.Connection) -> Iterator[Key]:
    for at, score in connection.execute(sa.select(_RATINGS.c.at, _RATINGS.c.score)):
        yield "ratings", _day_of(at), str(score)


def _day_of(at: datetime) -> str:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{aware.astimezone(_ZONE):%Y-%m-%d}"
