"""Between the evidence and the judge, and between the verdict and the faults: what may count."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from monitors.alerts.faults import OpenFault
from monitors.alerts.graph import Graph
from monitors.alerts.model import Timing, Verdict
from monitors.evidence import EvidenceRegister, Observation
from monitors.impairment.gate import LateAnswers, Outlook, gated, waiting_since
from monitors.impairment.service import ImpairmentMonitor
from monitors.impairment.withholding import Key, Withheld, readable


class EvidenceGuard:
    """Holds back what was seen while we were late; used by the judge's thread alone."""

    def __init__(self, graph: Graph, monitor: ImpairmentMonitor | None) -> None:
        self._graph, self._monitor = graph, monitor
        self._withheld = Withheld()
        self._counted: dict[Key, datetime] = {}
        self.outlook = Outlook()

    def admit(
        self, fresh: Sequence[Observation], register: EvidenceRegister, now: datetime
    ) -> EvidenceRegister:
        """The register (``fresh`` is merged into it) as it may be read at ``now``."""
        if self._monitor is None:
            return register
        self.outlook = self._monitor.outlook()
        noted = self._withheld.noting(fresh, register)
        self._withheld, fallbacks = noted.judged(self.outlook.spells, now, self._monitor.windows)
        self._count(self._monitor, fallbacks)
        return readable(register, fallbacks)

    def starts(self, timing: Timing) -> Timing:
        """What was held back when it began keeps its start."""
        starts = self._withheld.starts()
        if not starts:
            return timing
        known = dict(timing.bad_since)
        for element, at in starts.items():
            known[element] = min(known.get(element, at), at)
        return replace(timing, bad_since=known)

    def faults(
        self, verdict: Verdict, faults: Sequence[OpenFault], register: EvidenceRegister
    ) -> Verdict:
        """The verdict with the faults that may be named now."""
        if not self.outlook.is_gated:
            return verdict
        answers = LateAnswers(
            self._withheld.returned, waiting_since(self.outlook.signs, verdict.at)
        )
        return gated(verdict, faults, self._graph, register, answers)

    def _count(self, monitor: ImpairmentMonitor, fallbacks: Iterable[Key]) -> None:
        held = {key: self._withheld.runs[key].last.observed_at for key in fallbacks}
        monitor.withheld(key[1] for key, at in held.items() if self._counted.get(key) != at)
        self._counted = held
