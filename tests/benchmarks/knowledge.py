"""How soon the knowledge base answers at 20,000 articles, on either database.

``python -m tests.benchmarks.knowledge`` (SQLite), ``--postgresql`` as well.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.knowledge.search.index import index_version, search_versions
from ops_core.knowledge.search.segmenter import dictionary, warm_up
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeVersionRow
from tests.postgresql import running_postgresql

ARTICLES, WORDS_A_TEXT, QUERIES = 20_000, 220, 400
AT = datetime(2026, 3, 2, tzinfo=UTC)
COMMON = ("办理", "材料", "窗口", "时限", "依据", "群众", "申请", "电话", "河南省", "通知")
"""Words of a good part of all texts: the worst that can be asked for."""


def text_of(dice: random.Random, words: list[str], length: int) -> str:
    return "".join(dice.choice(words) if dice.random() < 0.7 else dice.choice(COMMON)
                   for _ in range(length))  # fmt: skip


def fill(database: Database, articles: int) -> None:
    dice, words = random.Random(12345), dictionary()
    for start in range(0, articles, 500):
        with database.transaction() as session:
            for n in range(start, min(start + 500, articles)):
                number, title = f"K-20260302-{n + 1:05d}", text_of(dice, words, 5)
                session.add(
                    KnowledgeArticleRow(number=number, state="idle", title=title,
                                        category="wages", last_at=AT, last_hash="")
                )  # fmt: skip
                session.flush()
                session.add(
                    KnowledgeVersionRow(article=number, version=1, title=title, category="wages",
                                        published_at=AT, effective_from=AT, until=None,
                                        content_hash="")
                )  # fmt: skip
                index_version(session, number, 1, title, text_of(dice, words, WORDS_A_TEXT))


def measure(database: Database) -> list[float]:
    """Milliseconds of each query, a transaction included."""
    dice, words = random.Random(54321), dictionary()
    queries = [
        *COMMON,
        *(" ".join(dice.sample(words, dice.choice((1, 2)))) for _ in range(QUERIES)),
        *("".join(dice.sample(words, 2)) for _ in range(QUERIES // 4)),
    ]
    spent = []
    for query in queries:
        begun = time.perf_counter()
        with database.reading() as session:
            search_versions(session, query, AT, most=8)
        spent.append(1000 * (time.perf_counter() - begun))
    return spent


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(create_database_engine(url))
    migrate(database.engine)
    yield database
    database.close()


def report(name: str, url: str, articles: int) -> None:
    begun = time.perf_counter()
    warm_up()
    print(f"{name}: dictionary read in {time.perf_counter() - begun:.2f} s")
    with opened(url) as database:
        begun = time.perf_counter()
        fill(database, articles)
        filled = time.perf_counter() - begun
        each = 1000 * filled / articles
        print(f"{name}: {articles} articles entered in {filled:.0f} s, {each:.1f} ms each")
        spent = measure(database)
        cuts = quantiles(spent, n=100)
        print(
            f"{name}: {len(spent)} queries, median {median(spent):.1f} ms, "
            f"95 of 100 within {cuts[94]:.1f} ms, the slowest {max(spent):.1f} ms"
        )


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--postgresql", action="store_true")
    options.add_argument("--articles", type=int, default=ARTICLES)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        report("SQLite", f"sqlite:///{Path(directory) / 'k.sqlite'}", chosen.articles)
    if chosen.postgresql:
        with running_postgresql(fsync=False) as server:
            report("PostgreSQL", server.url("postgres"), chosen.articles)


if __name__ == "__main__":
    main()
