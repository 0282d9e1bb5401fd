"""The full-text search: one suite for both databases."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.database import Database
from ops_core.knowledge.articles.service import Draft, sort_article
from ops_core.knowledge.search.index import search_versions
from ops_core.knowledge.search.rebuilding import reindex
from ops_core.knowledge.search.segmenter import dictionary, segment
from ops_core.knowledge.search.words import (
    folded,
    fts5_query,
    terms_of,
    tsquery,
    tsvector,
    words_of,
)
from ops_core.knowledge.tables import KnowledgeWordsRow
from tests.ops_core.knowledge.people import WRITER, Work, published, release, updated

TEXTS = (
    ("异地就医直接结算备案", "参保人员可在国家医保服务平台办理，河南省内无需备案。"),
    ("农民工工资拖欠投诉渠道", "可拨打12333，或到人力资源社会保障厅劳动监察窗口。"),
    ("农业路地铁施工交通管制", "农业路与花园路口半幅封闭，夜间施工注意噪声。"),
    ("集中供暖收费标准", "郑州市集中供暖按建筑面积计费；投诉请拨12345。ＡＢＣ小区另行通知。"),
    ("噪声投诉受理范围", "建筑施工噪声由生态环境厅指导，社会生活噪声由公安机关处理。"),
)


@pytest.fixture
def articles(work: Work, site: Site) -> list[str]:
    return [published(work, site, Draft(*one)) for one in TEXTS]


def test_what_is_asked_for_is_found_titles_first(
    articles: list[str], database: Database, clock: FixedClock
) -> None:
    def found(query: str, category: str = "") -> list[int]:
        with database.reading() as session:
            hits = search_versions(session, query, clock.now(), category)
        return [articles.index(one.article) for one in hits]

    assert found("备案") == [0]
    assert found("农业路") == [2], "a name of the dictionary is whole"
    assert found("农业") == [2], "and found by its parts"
    assert found("路地铁") == [2], "even by such as no segmenter cuts"
    assert found("噪声") == [4, 2], "title over text"
    assert sorted(found("投诉")) == [1, 3, 4]
    assert found("投诉 供暖") == [3], "all of the words"
    assert found("abc") == found("ＡＢＣ") == [3], "folded"
    assert found("12333") == [1]
    assert found("社保") == [], "no word of any of them"
    assert found("噪声", "wages") == []
    assert found("") == found("《》、") == []
    assert found("医保 " * 40) == [0]


@pytest.mark.parametrize(
    "query",
    [
        "' OR 1=1 --",
        '"',
        "a AND",
        "NOT",
        "title:备案",
        "备*",
        "(((",
        "\\",
        "'备案':A",
        "NEAR(a b)",
        "\x00",
        "^备",
    ],
)
def test_no_query_means_more_than_its_words(
    articles: list[str], database: Database, clock: FixedClock, query: str
) -> None:
    with database.reading() as session:
        search_versions(session, query, clock.now())


def test_the_index_is_made_anew_with_the_same_hits(
    articles: list[str], work: Work, database: Database, clock: FixedClock
) -> None:
    queries = ("噪声", "路地铁", "备案", "投诉")

    def hits() -> list[list[str]]:
        with database.reading() as session:
            return [
                [one.article for one in search_versions(session, query, clock.now())]
                for query in queries
            ]

    before = hits()
    for change in ("", "UPDATE knowledge_words SET segmenter = 'another', title = 'x'"):
        with work(WRITER) as uow:
            if change:
                uow.session.execute(text(change))
            assert reindex(uow.session) == len(TEXTS)
        assert hits() == before
    with database.reading() as session:
        assert session.query(KnowledgeWordsRow).count() == len(TEXTS)


def test_an_update_replaces_what_is_found_and_sorting_its_category(
    articles: list[str], work: Work, site: Site, database: Database, clock: FixedClock
) -> None:
    clock.advance(timedelta(hours=1))
    updated(work, articles[0], "跨省就医手续")
    release(work, articles[0])
    with work(WRITER) as uow:
        sort_article(uow, site, articles[0], "medical", [])
    with database.reading() as session:
        assert search_versions(session, "直接结算", clock.now()) == []
        (found,) = search_versions(session, "跨省就医", clock.now(), "medical")
    assert (found.article, found.version) == (articles[0], 2)


CHINESE = st.text(
    st.sampled_from("河南省医保备案农业路投诉噪声办理流程的在与，。 a1'\"\\&|:*"), max_size=30
)


@given(CHINESE, CHINESE)
def test_words_of_any_text_are_letters_and_digits_alone(title: str, query: str) -> None:
    words = words_of(title, query, segment)
    for word in (*words.title, *words.body, *words.pairs):
        assert word
        assert all(character.isalnum() for character in word)
    terms = terms_of(query, segment)
    for spelt in (fts5_query(terms), tsquery(terms), tsvector(words)):
        assert "\\" not in spelt
    assert tsquery(terms).count("'") == 2 * sum(1 + len(one.pairs) for one in terms)


@given(st.sampled_from(TEXTS), st.integers(0, 30), st.integers(2, 8))
def test_every_piece_of_a_text_finds_it(one: tuple[str, str], start: int, length: int) -> None:
    """By pairs where by no word: what a text holds in a row, it is found by."""
    words = words_of(*one, segment)
    held = {*words.title, *words.body}
    for piece in folded(one[1][start : start + length]).split():
        for term in terms_of(piece, segment):
            is_found = term.word in held or (term.pairs and set(term.pairs) <= set(words.pairs))
            assert is_found or len(term.word) == 1 or term.word.isascii()


def test_every_word_of_the_dictionary_stays_whole() -> None:
    assert len(set(dictionary())) == len(dictionary())
    broken = [word for word in dictionary() if word not in set(segment(folded(word)))]
    assert broken == []
