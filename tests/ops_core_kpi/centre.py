"""A centre in March 2026 on a database of its own, and what is asked of its figures."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis.stateful import RuleBasedStateMachine

from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kpi.figures import Figure
from ops_core.kpi.periods import month_of
from ops_core.kpi.read import read_figure
from tests.incident.story import Story

START = datetime(2026, 3, 2, 1, 0, 7, tzinfo=UTC)
SINCE: Mapping[str, date] = {
    "daily": date(2026, 3, 1),
    "weekly": date(2026, 2, 23),
    "monthly": date(2026, 2, 1),
}
"""From when on the example centre reports here."""
LESS_IS_BETTER = (3, 5, 6)
Copies = Callable[[], AbstractContextManager[Database]]


def reporting(site: Site) -> Site:
    """The example centre, which reports from that month on."""
    duties = {
        name: duty.model_copy(update={"since": SINCE.get(name, duty.since)})
        for name, duty in site.report_duties.items()
        if name in (*SINCE, "flash")
    }
    return site.model_copy(update={"report_duties": duties})


class FiguresOfACentre(RuleBasedStateMachine):
    """What the rules of every part of the work rest on."""

    def __init__(self, site: Site, vault: ContactVault, copies: Copies) -> None:
        super().__init__()
        self.open = ExitStack()
        self.database = self.open.enter_context(copies())
        self.site, self.vault = reporting(site), vault
        self.clock, self.bus = FixedClock(START), EventBus()
        self.month = month_of(START, site.contract)
        self.story = Story(site, self.database, self.bus, self.clock)
        self.sent = 0

    def teardown(self) -> None:
        self.open.close()

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, self.bus, self.clock, actor)

    def figure(self, number: int, as_of: datetime | None = None) -> Figure:
        with self.database.reading() as session:
            return read_figure(session, self.site, number, self.month, as_of or self.clock.now())

    def share(self, number: int) -> Fraction | None:
        """With all that is pending a miss; the higher the better; None while nothing counts."""
        value = self.figure(number).value
        return -value if value is not None and number in LESS_IS_BETTER else value

    def rose(self, number: int, before: Fraction | None) -> bool:
        after = self.share(number)
        return before is not None and (after is None or after > before)

    def fell(self, number: int, before: Fraction | None) -> bool:
        after = self.share(number)
        return before is not None and (after is None or after < before)

    def number_given(self) -> int:
        """One that was not given before."""
        self.sent += 1
        return self.sent

    def hours_ago(self, hours: int) -> datetime:
        return self.clock.now() - timedelta(hours=hours)
