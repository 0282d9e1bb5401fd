from pathlib import Path

import pytest

from ops_core.kernel import i18n
from ops_core.kernel.errors import NotFound, problem_of
from ops_core.kernel.i18n import (
    Language,
    counted_text,
    message,
    negotiate_language,
    translate,
    translations,
)

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "没有这个用户"
msgstr "No such user"

msgid "用户 {name} 不存在。"
msgstr "There is no user {name}."
"""


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO)
    monkeypatch.setattr(i18n, "CATALOGUES", tmp_path)
    return tmp_path


def test_the_source_is_chinese_and_english_comes_from_the_catalogue(catalogues: Path) -> None:
    assert translations("zh", catalogues).gettext("没有这个用户") == "没有这个用户"
    assert translations("en", catalogues).gettext("没有这个用户") == "No such user"
    assert translations("en", catalogues).gettext("未译") == "未译"
    assert translations("en", catalogues / "nowhere").gettext("没有这个用户") == "没有这个用户"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        translations("fr")


def test_a_text_with_a_value_is_translated_by_its_template(catalogues: Path) -> None:
    said = message("用户 {name} 不存在。", name="li")
    assert said == "用户 li 不存在。"
    assert translate(said, "en") == "There is no user li."
    assert translate("", "en") == ""


def test_a_refusal_is_said_in_the_readers_language(catalogues: Path) -> None:
    problem = problem_of(NotFound("没有这个用户", message("用户 {name} 不存在。", name="li")), "en")
    assert (problem.title, problem.detail) == ("No such user", "There is no user li.")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, en;q=0.5, zh;q=0.8", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0, fr", "zh"),
        ("en;q=nonsense;;", "zh"),
        ("*", "zh"),
    ],
)
def test_the_browsers_wish_picks_the_language(header: str, language: str) -> None:
    assert negotiate_language(header, "zh") == Language(language)


def test_a_text_that_has_a_form_for_one_is_said_of_many_where_nobody_counts() -> None:
    sessions = "会话 %(count)d"
    assert translations("en").gettext(sessions) == "%(count)d sessions"
    assert counted_text(sessions, {"count": 1}, "en") == "%(count)d session"
    assert counted_text(sessions, {"count": 200}, "en") == "%(count)d sessions"
