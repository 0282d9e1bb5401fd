"""What a telephone system reported, as one digest a source, held against the audit log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.calls.model import CallEvent
from ops_core.hotline.calls.store import event_of
from ops_core.hotline.calls.tables import CallEventRow
from ops_core.kernel.set_digests import Fact, recorded_digests
from ops_core.kernel.set_digests import digest_of as digest_of_facts


@dataclass(frozen=True, slots=True)
class SourceDifference:
    """A source of which something else is stored than was taken."""

    source: str
    stored: str
    recorded: str


def digest_of(events: Iterable[CallEvent]) -> str:
    """The digest of events, in whatever order."""
    return digest_of_facts(map(_fact, events))


def source_differences(session: Session, subject_type: str) -> Iterator[SourceDifference]:
    """Sources whose stored events are not those that their batches brought.

    A source with a batch from before digests were recorded is left out.
    """
    recorded = recorded_digests(session, subject_type, "CallEventsTaken")
    rows = session.execute(
        select(CallEventRow.__table__)
        .order_by(CallEventRow.source)
        .execution_options(yield_per=5000)
    )
    by_source = groupby((event_of(row) for row in rows), key=lambda event: event.source)
    stored = {source: digest_of(events) for source, events in by_source}
    nothing = digest_of(())
    for source in sorted(recorded.keys() | stored.keys()):
        has, ought = stored.get(source, nothing), recorded.get(source, nothing)
        if ought is not None and has != ought:
            yield SourceDifference(source, has, ought)


def _fact(event: CallEvent) -> Fact:
    at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return (event.source, str(event.sequence), event.call, event.kind.value, at, event.queue,
            event.agent, str(event.seat))  # fmt: skip
