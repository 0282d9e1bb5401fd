"""Indicator 13's records: terminals at the contract's snapshots, or at this instant."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.cursor import Cursor
from ops_core.kpi.judgements import Counts
from ops_core.kpi.judging.terminals import judge_parts, judge_terminal
from ops_core.kpi.pages import Page, page_from
from ops_core.kpi.periods import Period, PeriodKind
from ops_core.kpi.records import Cohort, IndicatorReading, Record, RecordKind, Show
from ops_core.kpi.snapshot_counts import counted_once
from seat_assets.history import states_through
from seat_assets.in_service import ServiceMove
from seat_assets.model import Change, TerminalState, terminals_of
from seat_assets.read import read_changes, read_moves, recording_began
from seat_assets.snapshots import Parts, count_through, snapshot_instants

NUMBER = 13
_SNAPSHOTS = 8
"""Read at first for a page."""


@dataclass(frozen=True)
class TerminalSource:
    """Terminals at each snapshot of the period: those in service then."""

    site: Site

    def read(self, session: Session, cohort: Cohort) -> IndicatorReading:
        """Every terminal of every snapshot, by the conditions it was seen in."""
        instants = self._instants(session, cohort)
        moves = self._moves(session, instants)

        def counted() -> Counter[Parts]:
            return count_through(self._changes(session, instants), (), instants, moves)

        is_now = cohort.period.kind is PeriodKind.NOW
        seen = counted() if is_now else counted_once(session, instants, moves, counted)
        return IndicatorReading(
            Counts.of((judge_parts(*parts), count) for parts, count in seen.items())
        )

    def page(self, session: Session, cohort: Cohort, show: Show, after: Cursor | None) -> Page:
        """Terminals of the period's snapshots, the latest first; none is ever left out."""
        if show is Show.LEFT_OUT:
            return Page(())
        if after is not None and cohort.period.kind is PeriodKind.NOW:
            # The page before was of another instant; the seats are the same.
            after = Cursor(cohort.period.start, after.key)
        instants = self._instants(session, cohort)
        reached = [at for at in instants if after is None or at <= after.at]
        records = self._latest_first(session, reached, cohort.period)
        return page_from((r for r in records if show.accepts(r.judgement.verdict)), after)

    def _latest_first(
        self, session: Session, instants: Sequence[datetime], period: Period
    ) -> Iterator[Record]:
        """Every terminal of every snapshot, some snapshots at a time: a page wants few of a year.

        Ever more of them, for misses may be rare.
        """
        moves, end, size = self._moves(session, instants), len(instants), _SNAPSHOTS
        while end:
            some = instants[max(0, end - size) : end]
            states = list(states_through(self._changes(session, some), (), some, moves))
            yield from _records(some, states, period)
            end, size = end - len(some), size * 2

    def _moves(self, session: Session, instants: Sequence[datetime]) -> Sequence[ServiceMove]:
        return read_moves(session, instants[-1], terminals_of(self.site)) if instants else ()

    def _changes(self, session: Session, instants: Sequence[datetime]) -> Sequence[Change]:
        return read_changes(session, instants[0], instants[-1]) if instants else ()

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


SOURCE = TerminalSource


def _records(
    instants: Sequence[datetime], states: Sequence[Sequence[TerminalState]], period: Period
) -> Iterator[Record]:
    for at, terminals in zip(reversed(instants), reversed(states), strict=True):
        for terminal in reversed(terminals):
            yield Record(
                RecordKind.TERMINAL,
                str(terminal.seat),
                at,
                judge_terminal(terminal, at, period),
                key=f"{terminal.seat:06d}",
                seat=terminal.seat,
            )
