"""How soon the knowledge base answers at 20,000 articles, on either database.

``python -m tests.benchmarks.knowledge`` (SQLite), ``--postgresql`` as well.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import insert

from ops_core.kernel.database import Database, create_database_engine, migrate
from ops_core.knowledge.search.index import enter_words, search_versions
from ops_core.knowledge.search.segmenter import dictionary, frequencies, segment, warm_up
from ops_core.knowledge.search.words import SearchWords, words_of
from ops_core.knowledge.tables import KnowledgeArticleRow, KnowledgeVersionRow
from tests.postgresql import running_postgresql

ARTICLES, WORDS_A_TEXT, QUERIES, USUAL = 20_000, 220, 400, 5_000
AT = datetime(2026, 3, 2, tzinfo=UTC)
COMMON = ("办理", "材料", "窗口", "时限", "依据", "群众", "申请", "电话", "河南省", "通知")
"""Words of a good part of all texts: the worst that can be asked for."""


@cache
def parts(word: str) -> tuple[str, ...]:
    """A word as the segmenter cuts it: texts here are made of whole words, each cut once."""
    return tuple(segment(word))


@cache
def vocabulary() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The dictionary's words and jieba's most usual ones, each as often as its rank has it."""
    usual = sorted(((n, w) for w, n in frequencies().items() if len(w) > 1 and n), reverse=True)
    words = (*(word for _, word in usual[:USUAL]), *dictionary())
    return words, tuple(accumulate(1 / rank for rank in range(1, len(words) + 1)))


def chosen(dice: random.Random, length: int) -> list[str]:
    words, weights = vocabulary()
    rest = dice.choices(words, cum_weights=weights, k=length)
    return [dice.choice(COMMON) if dice.random() < 0.1 else word for word in rest]


def searched(title: list[str], body: list[str]) -> SearchWords:
    pairs = words_of("".join(title), "".join(body), lambda _: ()).pairs
    return replace(words_of(" ".join(title), " ".join(body), parts), pairs=pairs)


def fill(database: Database, articles: int) -> None:
    dice = random.Random(12345)
    for start in range(0, articles, 500):
        numbers = [f"K-20260302-{n + 1:05d}" for n in range(start, min(start + 500, articles))]
        titles = {number: chosen(dice, 5) for number in numbers}
        shown = {"title": "", "category": "wages"}
        kept = [shown | {"number": n, "state": "idle", "last_at": AT, "last_hash": "",
                         "title": "".join(titles[n])} for n in numbers]  # fmt: skip
        versions = [shown | {"article": n, "version": 1, "published_at": AT, "until": None,
                             "effective_from": AT, "content_hash": "",
                             "title": "".join(titles[n])} for n in numbers]  # fmt: skip
        with database.transaction() as session:
            session.execute(insert(KnowledgeArticleRow), kept)
            session.execute(insert(KnowledgeVersionRow), versions)
            for number in numbers:
                body = chosen(dice, WORDS_A_TEXT)
                enter_words(session, number, 1, searched(titles[number], body))


def measure(database: Database) -> tuple[list[float], list[float]]:
    """Milliseconds of each query, a transaction included: by the wall's clock and this thread's."""
    dice, words = random.Random(54321), [*dictionary(), *vocabulary()[0][: len(dictionary())]]
    queries = [
        *COMMON,
        *(" ".join(dice.sample(words, dice.choice((1, 2)))) for _ in range(QUERIES)),
        *("".join(dice.sample(words, 2)) for _ in range(QUERIES // 4)),
    ]
    spent, computed = [], []
    for query in queries:
        begun, computing = time.perf_counter(), time.thread_time()
        with database.reading() as session:
            search_versions(session, query, AT, most=8)
        spent.append(1000 * (time.perf_counter() - begun))
        computed.append(1000 * (time.thread_time() - computing))
    return spent, computed


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
        print(f"{name}: {articles} articles entered in {filled:.0f} s")
        for what, figures in zip(("waited", "computed here"), measure(database), strict=True):
            most = quantiles(figures, n=100)[94]
            print(
                f"{name}: {len(figures)} queries {what}, median {median(figures):.1f} ms, "
                f"95 of 100 within {most:.1f} ms, the slowest {max(figures):.1f} ms"
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
