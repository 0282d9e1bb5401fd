"""Indicator 13's records: terminals at the contract's snapshots, or at this instant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.figures import tally
from ops_core.kpi.indicators import Snapshot, judge_snapshots, judge_terminal
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.records import Cohort, Cursor, Page, Reading, Record, RecordKind, Show, page_from
from seat_assets.model import snapshot_instants, states_through, terminals_of
from seat_assets.service import read_changes, recording_began


@dataclass(frozen=True)
class TerminalSource:
    """Terminals in service, at each snapshot of the period."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> Reading:
        """Every terminal of every snapshot, judged."""
        snapshots = self._snapshots(session, cohort)
        return Reading(tally(judge_snapshots(snapshots, cohort.period)))

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Terminals of the period's snapshots, the latest first."""
        snapshots = self._snapshots(session, cohort)
        if after is not None and cohort.period.kind is PeriodKind.NOW:
            # The page before was of another instant; the seats are the same.
            after = Cursor(cohort.period.start, after.key)
        records = (r for r in _records(snapshots, cohort.period) if show.wants(r.judgement.verdict))
        return page_from(records, after)

    def _snapshots(self, session: Session, cohort: Cohort) -> Sequence[Snapshot]:
        instants = self._instants(session, cohort)
        if not instants:
            return ()
        seats = [terminal.seat for terminal in terminals_of(self.site)]
        changes = read_changes(session, instants[0], instants[-1])
        states = states_through(changes, seats, instants)
        return [Snapshot(at, terminals) for at, terminals in zip(instants, states, strict=True)]

    def _instants(self, session: Session, cohort: Cohort) -> Sequence[datetime]:
        """The instant itself, or the snapshot times since terminals are recorded."""
        period = cohort.period
        if period.kind is PeriodKind.NOW:
            return (period.start,)
        began = recording_began(session)
        if began is None:
            return ()
        contract = self.site.contract
        start, end = max(began, period.start), min(cohort.as_of, period.end)
        return snapshot_instants(contract.snapshot_times, contract.timezone, start, end)


def _records(snapshots: Sequence[Snapshot], period: Period) -> Iterator[Record]:
    for snapshot in reversed(snapshots):
        for terminal in reversed(snapshot.terminals):
            yield Record(
                RecordKind.TERMINAL,
                str(terminal.seat),
                snapshot.at,
                judge_terminal(terminal, snapshot.at, period),
                key=f"{terminal.seat:06d}",
                seat=terminal.seat,
            )
