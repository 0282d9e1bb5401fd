"""What the polling of one agent counts, and how that is reported as measures and concerns; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitors.collect.polling.dialect import RefusedKind
from monitors.collect.polling.rates import NoRate
from monitors.collect.polling.snmp import TroubleKind
from ops_core.kernel.containment import LONGEST_ERROR, Failing
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message

HOSTILE_FOR_S = 60.0
"""An agent is a concern for so long after its last refused reply."""
PREFIX = "zhishou_snmp"
COUNTERS: Mapping[str, str] = {
    "polls": "Polls of an agent.",
    "failures": "Polls without a usable answer.",
    "partial": "Polls that read a part only.",
    "skipped": "Turns missed because the poll before them was still under way.",
    "urgent": "Polls out of turn.",
    "late": "Polls whose outcome is unknown because this process was late.",
}


@dataclass(slots=True)
class AgentFigures:
    """Counts of one agent since the start."""

    counts: Counter[str] = field(default_factory=Counter)
    no_rates: Counter[NoRate] = field(default_factory=Counter)
    duplicates: tuple[str, ...] = ()
    last_poll_s: float = 0.0
    last_error: str = ""
    refused_at: datetime | None = None
    refused_since: datetime | None = None

    def failed(self, error: str) -> None:
        self.counts["failures"] += 1
        self.last_error = error[:LONGEST_ERROR]

    def saw_refused(self, now: datetime) -> None:
        """Some reply was refused; a spell lasts until there was none for a while."""
        if not self.is_hostile(now):
            self.refused_since = now
        self.refused_at = now

    def is_hostile(self, now: datetime) -> bool:
        if self.refused_at is None:
            return False
        return (now - self.refused_at).total_seconds() <= HOSTILE_FOR_S


@dataclass(frozen=True, slots=True)
class AgentReport:
    """One agent's figures with what its reader counts."""

    name: str
    figures: AgentFigures
    refused: Mapping[RefusedKind, int]
    troubles: Mapping[TroubleKind, int]
    late_attended: int
    interval_s: float
    is_stretched: bool
    broken: int
    failing: Failing | None


def measures_of(reports: Iterable[AgentReport]) -> Iterator[Measure]:
    for report in reports:
        yield from _of_agent(report)


def _of_agent(report: AgentReport) -> Iterator[Measure]:
    agent = {"agent": report.name}
    figures = report.figures
    for name, text in COUNTERS.items():
        yield _counter(name, text, figures.counts[name], agent)
    yield _counter("broken", "Polls ended by an error of ours.", report.broken, agent)
    yield _counter("attended_late", "Replies and time-outs that this process attended to late.",
                   report.late_attended, agent)  # fmt: skip
    yield Measure(f"{PREFIX}_poll_seconds", "How long the last poll took.",
                  figures.last_poll_s, labels=agent)  # fmt: skip
    yield Measure(f"{PREFIX}_interval_seconds", "How often the agent is polled now.",
                  report.interval_s, labels=agent)  # fmt: skip
    yield Measure(f"{PREFIX}_duplicate_names", "Table rows left out since they share a name.",
                  len(figures.duplicates), labels=agent)  # fmt: skip
    for kind, count in sorted(report.refused.items()):
        yield _counter("refused", "Datagrams not taken as replies, by why.", count,
                       agent | {"kind": kind.value})  # fmt: skip
    for trouble, count in sorted(report.troubles.items()):
        yield _counter("troubles", "What the agent did besides answering.", count,
                       agent | {"kind": trouble.value})  # fmt: skip
    for reason, count in sorted(figures.no_rates.items()):
        yield _counter("no_rate", "Counters without a rate, by why.", count,
                       agent | {"reason": reason.value})  # fmt: skip
    error = report.failing.error if report.failing else figures.last_error
    if error:
        yield Measure(f"{PREFIX}_last_error", "The agent's last error, in words.", 1,
                      labels=agent | {"error": error})  # fmt: skip


def _counter(name: str, text: str, value: float, labels: Mapping[str, str]) -> Measure:
    return Measure(f"{PREFIX}_{name}_total", text, value, MeasureKind.COUNTER, labels)


def concerns_of(reports: Iterable[AgentReport], now: datetime) -> Iterator[Concern]:
    """Agents that send what is no reply, whose polls break, or that are too slow.

    A silent agent is none: that is a fault of the site.
    """
    for report in reports:
        if report.figures.is_hostile(now):
            kinds = ", ".join(kind for kind, count in sorted(report.refused.items()) if count)
            text = message(
                "{agent} 的 SNMP 应答不可信，已拒收：{kinds}", agent=report.name, kinds=kinds
            )
            since = report.figures.refused_since
            yield Concern(f"snmp/refused/{report.name}", text, since=since)
        if report.failing is not None:
            text = message(
                "{agent} 的 SNMP 轮询出错：{error}", agent=report.name, error=report.failing.error
            )
            yield Concern(f"snmp/broken/{report.name}", text, since=report.failing.since)
        if report.is_stretched:
            text = message(
                "{agent} 应答太慢，改为每 {seconds} 秒轮询一次",
                agent=report.name,
                seconds=round(report.interval_s),
            )
            yield Concern(f"snmp/slow/{report.name}", text)
