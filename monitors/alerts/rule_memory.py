"""The rules' memory on disk: what is pending or fires survives a restart with its times."""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitors.alerts.conditions import RuleWatch
from monitors.alerts.rules import AlertKey, AlertRule, Phase, RuleBook, RuleKind, RuleState
from monitors.alerts.rules.book import AGENT_TAG, IsDoubtful
from monitors.alerts.tables import AlertRuleStateRow
from monitors.evidence import Observation
from monitors.samples import Sample
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DatabaseBusy
from ops_core.kernel.health import Measure, MeasureKind

log = logging.getLogger(__name__)

RENEW_AFTER = timedelta(seconds=15)
"""How old the stored time of the last sample may be: below any gap that rules bear."""
PAUSE_AFTER_FAILURE = timedelta(seconds=2)

States = dict[AlertKey, RuleState]


class StoredRules:
    """A :class:`RuleWatch` whose states are stored; used from one thread.

    ``is_declared`` says whether the site still has an agent: rows of others go at the start.
    A database that cannot be written costs no finding: it is tried again at a later tick.
    """

    def __init__(
        self,
        rules: Sequence[AlertRule],
        database: Database,
        is_declared: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._database = database
        with database.reading() as session:
            stored = load_rule_states(session)
        declared = {k: s for k, s in stored.items() if is_declared(k.tag(AGENT_TAG))}
        self._book = RuleBook(rules, declared)
        self._watch = RuleWatch(self._book)
        self._stored: States = stored
        self._retry_at: datetime | None = None
        self._failures = 0

    def take(
        self, samples: Iterable[Sample], is_doubtful: IsDoubtful = lambda _start, _end: False
    ) -> list[Observation]:
        """The conditions that these samples speak of."""
        return self._watch.take(samples, is_doubtful)

    def tick(self, now: datetime) -> list[Observation]:
        """Tidy up, and store what changed."""
        found = self._watch.tick(now)
        if self._retry_at is not None and now < self._retry_at <= now + PAUSE_AFTER_FAILURE:
            return found
        try:
            self._store()
            self._retry_at = None
        except (SQLAlchemyError, DatabaseBusy):
            self._failures += 1
            self._retry_at = now + PAUSE_AFTER_FAILURE
            log.warning("rule states could not be stored; a later tick repeats it", exc_info=True)
        return found

    def measures(self) -> list[Measure]:
        """How many states there are, and how often they could not be stored."""
        return [
            Measure(
                "zhishou_rule_states",
                "Rules times elements that are evaluated.",
                len(self._book.states),
            ),
            Measure(
                "zhishou_rule_state_write_failures_total",
                "Times that the rules' states could not be stored.",
                self._failures,
                MeasureKind.COUNTER,
            ),
        ]

    def _store(self) -> None:
        kept = {key: state for key, state in self._book.states.items() if self._is_kept(key, state)}
        gone = self._stored.keys() - kept.keys()
        changed = {k: s for k, s in kept.items() if _is_news(self._stored.get(k), s)}
        if not gone and not changed:
            return
        with self._database.transaction() as session:
            for key in sorted(gone):
                row = session.get(AlertRuleStateRow, (key.rule, _text(key)))
                if row is not None:
                    session.delete(row)
            for key, state in sorted(changed.items(), key=lambda item: item[0]):
                session.merge(_row(key, state))
        for key in gone:
            del self._stored[key]
        self._stored |= changed

    def _is_kept(self, key: AlertKey, state: RuleState) -> bool:
        is_absence = self._book.rule_of(key).kind is RuleKind.ABSENCE
        return is_absence or state.phase is not Phase.INACTIVE


def load_rule_states(session: Session) -> States:
    """What was pending or fired when it was last stored."""
    return {
        AlertKey(row.rule, tuple((tag, name) for tag, name in json.loads(row.element))): RuleState(
            phase=Phase(row.phase),
            since=row.since,
            clear_since=row.clear_since,
            last_at=row.last_at,
            spacing=timedelta(seconds=row.spacing_s),
            watched_at=row.watched_at,
            doubted=timedelta(seconds=row.doubted_s),
        )
        for row in session.scalars(select(AlertRuleStateRow))
    }


def _is_news(stored: RuleState | None, state: RuleState) -> bool:
    """Whether a restart would go on wrongly from what is stored."""
    if stored is None:
        return True
    if _lasting(stored) != _lasting(state):
        return True
    return state.phase is not Phase.INACTIVE and (
        _grew(stored.last_at, state.last_at)
        or _grew(stored.watched_at, state.watched_at)
        or abs(state.doubted - stored.doubted) >= RENEW_AFTER
    )


def _lasting(state: RuleState) -> RuleState:
    """Without what changes at every sample."""
    nothing = timedelta(0)
    return replace(state, last_at=None, spacing=nothing, watched_at=None, doubted=nothing)


def _grew(stored: datetime | None, at: datetime | None) -> bool:
    if stored is None or at is None:
        return stored is not at
    return abs(at - stored) >= RENEW_AFTER


def _text(key: AlertKey) -> str:
    return json.dumps(key.tags, ensure_ascii=False)


def _row(key: AlertKey, state: RuleState) -> AlertRuleStateRow:
    return AlertRuleStateRow(
        rule=key.rule,
        element=_text(key),
        phase=state.phase,
        since=state.since,
        clear_since=state.clear_since,
        last_at=state.last_at,
        watched_at=state.watched_at,
        spacing_s=state.spacing.total_seconds(),
        doubted_s=state.doubted.total_seconds(),
    )
