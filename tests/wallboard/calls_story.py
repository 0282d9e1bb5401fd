"""A handful of calls as the telephone system reports them, and the request one became."""

from datetime import timedelta

from device_configs.site.hotline import CaseKind
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor
from ops_core.kernel.times import SITE_ZONE
from tests.wallboard.serve import VAULT, Served

CALLER = "13812345678"
ENTER, CONNECT = CallEventKind.ENTERQUEUE, CallEventKind.CONNECT
Happening = tuple[CallEventKind, int, int | None]
"""What, so many seconds after the call came in, at which seat."""


def _talk(seat: int) -> tuple[Happening, ...]:
    return ((ENTER, 0, None), (CallEventKind.RINGNOANSWER, 5, 12), (CONNECT, 9, seat))


CALLS: tuple[tuple[int, int, tuple[Happening, ...]], ...] = (
    (9, 6, ((ENTER, 0, None),)),
    (8, 18, ((ENTER, 0, None),)),
    (7, 40, _talk(12)),
    (6, 95, _talk(37)),
    (5, 300, ((ENTER, 0, None), (CallEventKind.ABANDON, 48, None))),
    (4, 400, (*_talk(37), (CallEventKind.COMPLETECALLER, 190, 37))),
    (3, 900, ((ENTER, 0, None), (CallEventKind.EXITWITHTIMEOUT, 60, None))),
    (2, 20000, ((ENTER, 0, None),)),
)
"""Number, seconds ago, what happened: two wait (one too long), two talk, one of no known end."""


def call_id(number: int) -> str:
    return f"1795415{number}.{number}"


def tell_calls(served: Served) -> None:
    """The calls, and the order of the fourth."""
    given = served.dependencies
    now = given.clock.now()
    batch, sequence = [], 900_000
    for number, ago_s, happenings in CALLS:
        entered = now - timedelta(seconds=ago_s)
        for kind, after_s, seat in happenings:
            sequence += 1
            agent = f"agent.{seat}" if seat else ""
            event = CallEvent(
                "pbx", sequence, call_id(number), kind, entered + timedelta(seconds=after_s),
                "citizen", agent, seat,
            )  # fmt: skip
            batch.append(IncomingEvent(event, CALLER if kind is ENTER else ""))
    draft = CaseDraft(
        channel=Channel.PHONE, source_org="test", source_ref="sample", kind=CaseKind.COMPLAINT,
        category="heating", region="province", title="小区供暖三天不热", text="室温只有 14 度。",
        received_at=now, call=call_id(4),
    )  # fmt: skip
    actor = Actor.system("story")
    with unit_of_work(given.database, given.bus, given.clock, actor) as uow:
        take_events(uow, VAULT, batch, SITE_ZONE)
        record_case(uow, given.site, VAULT, draft)
