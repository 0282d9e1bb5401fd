"""Keeps the search of the knowledge base ready: the dictionary read, the index cut by it."""

import threading

from sqlalchemy import select

from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker
from ops_core.knowledge.demonstration.story import Opens, is_begun, make_knowledge
from ops_core.knowledge.search.rebuilding import reindex
from ops_core.knowledge.search.segmenter import SEGMENTER, warm_up
from ops_core.knowledge.tables import KnowledgeWordsRow

INDEX = Actor.system("knowledge")
BEGIN_AFTER_S = 10.0
"""The start of the platform has better things to do; a search before that reads the dictionary."""
LOOK_EVERY_S = 5.0
"""A wait without an end cannot be interrupted from within the process; a worker's can."""


class KnowledgeIndex:
    """One thread's work: :meth:`run`. ``demonstrates`` fills a knowledge base that is empty."""

    def __init__(
        self, site: Site, database: Database, bus: EventBus, clock: Clock, demonstrates: bool
    ) -> None:
        self._site, self._database, self._bus, self._clock = site, database, bus, clock
        self._demonstrates = demonstrates

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Until ``stop``; what fails is tried again at the worker's next start."""
        if stop.wait(BEGIN_AFTER_S):
            return
        warm_up()
        self.bring_up_to_date()
        worker.succeeded()
        while not stop.wait(LOOK_EVERY_S):
            worker.succeeded()

    def bring_up_to_date(self) -> None:
        """Cut anew what another dictionary cut, and fill the demonstration's knowledge base."""
        with self._database.reading() as session:
            other = select(KnowledgeWordsRow.id).where(KnowledgeWordsRow.segmenter != SEGMENTER)
            is_outdated = session.scalar(other.limit(1)) is not None
            is_empty = not is_begun(session)
        if is_outdated:
            with self._opens()() as uow:
                reindex(uow.session)
        if self._demonstrates and is_empty:
            make_knowledge(self._opens(), self._site, self._clock.now())

    def _opens(self) -> Opens:
        return lambda: unit_of_work(self._database, self._bus, self._clock, INDEX)
