"""The demonstration's knowledge base comes about by the product's own commands, once."""

from datetime import UTC, datetime

from device_configs.site.model import Site
from ops_core.app.demonstration.people import ensure_people
from ops_core.app.knowledge_index import KnowledgeIndex
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor
from ops_core.knowledge.demonstration.story import written_articles
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.training.read import outstanding_topics
from ops_core.knowledge.verifying import knowledge_breaks, knowledge_flaws
from ops_core.kpi.periods import month_of
from ops_core.kpi.read import read_figure


def test_both_indicators_show_records_and_every_article_is_found(
    sqlite_database: Database, bus: EventBus, site: Site
) -> None:
    clock = FixedClock(datetime(2026, 3, 20, 1, tzinfo=UTC))
    with unit_of_work(sqlite_database, bus, clock, Actor.system("launcher")) as uow:
        ensure_people(uow, site)
    index = KnowledgeIndex(site, sqlite_database, bus, clock, demonstrates=True)
    index.bring_up_to_date()
    index.bring_up_to_date()
    month = month_of(clock.now(), site.contract)
    with sqlite_database.reading() as session:
        eighth = read_figure(session, site, 8, month, clock.now())
        assert (eighth.numerator, eighth.denominator, eighth.left_out) == (1, 2, 1)
        seventh = read_figure(session, site, 7, month, clock.now())
        assert (seventh.numerator, seventh.denominator) == (1, 2)
        assert outstanding_topics(session, "demo.agent") == [], "a newcomer takes calls at once"
        for one in written_articles():
            found = search_versions(session, one.title, clock.now())
            assert found[0].title == one.title
        assert [*knowledge_flaws(session), *knowledge_breaks(session)] == []
