"""Texts that nobody writes, at every entry of the product that takes one: refused, or cleaned.

The entries are those of the table of routes (:func:`tests.wallboard.test_route_roles.every_ask`),
in which every route has to stand: a new entry is tried without being named here.
"""

from collections.abc import Callable, Iterator, Mapping

import httpx
import pytest
from sqlalchemy import select

from ops_core.kernel.database import Base
from ops_core.kernel.permissions import Role
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Told
from tests.wallboard.serve import Served
from tests.wallboard.test_route_roles import Ask, every_ask, status_of, told

__all__ = ["told"]

A_MEGABYTE = "长" * 350_000
UNSEEN = "\x00\x07\x1b[2J\u200b"
LONGEST_STORED = 20_000
"""Characters of the longest text that a command takes, with what its event says of it."""
SECRETS = frozenset({"password", "former", "again", "name", "code"})
"""Of who signs in: they are compared, and kept nowhere."""


def changed(value: object, bad: Callable[[str], str]) -> object:
    """A body with every text in it made bad, however deep it stands."""
    if isinstance(value, str):
        return bad(value)
    if isinstance(value, Mapping):
        return {k: v if k in SECRETS else changed(v, bad) for k, v in value.items()}
    return [changed(one, bad) for one in value] if isinstance(value, list) else value


def entries(told: tuple[Told, Told], role: Role) -> Iterator[Ask]:
    """What this role, before all others, may hand in with a text."""
    for ask in every_ask(*told):
        first = next((one for one in Role if ask.allowed(one)), None)
        if ask.method == "POST" and first is role and ask.path not in ("/login", "/logout"):
            yield ask


async def hand_in(
    client: httpx.AsyncClient, told: tuple[Told, Told], bad: Callable[[str], str]
) -> dict[str, int]:
    """The status of every entry."""
    found: dict[str, int] = {}
    for role in Role:
        await sign_in(client, role.value)
        for ask in entries(told, role):
            json, form = changed(ask.json, bad), changed(ask.form or {"remark": "说明"}, bad)
            tried = Ask(ask.method, ask.route, ask.path, ask.rule, ask.served, form, json=json)  # type: ignore[arg-type]
            found[f"{ask.method} {ask.path}"] = await status_of(client, tried)
    return found


def stored_texts(served: Served) -> Iterator[tuple[str, str]]:
    """Every text of every table, with where it stands; structured values as their text."""
    with served.dependencies.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                for column, value in zip(table.columns, row, strict=True):
                    if isinstance(value, str | dict | list):
                        yield f"{table.name}.{column.name}", str(value)


@pytest.mark.usefixtures("day")
async def test_a_megabyte_of_text_is_refused_everywhere_and_nothing_of_it_is_kept(
    stranger: httpx.AsyncClient, served: Served, told: tuple[Told, Told]
) -> None:
    statuses = await hand_in(stranger, told, lambda _: A_MEGABYTE)
    assert len(statuses) > 60
    assert {at: status for at, status in statuses.items() if not 200 <= status < 500} == {}
    long = {at for at, text in stored_texts(served) if len(text) > LONGEST_STORED}
    assert long == set()


@pytest.mark.usefixtures("day")
async def test_characters_that_nobody_sees_are_stored_nowhere(
    stranger: httpx.AsyncClient, served: Served, told: tuple[Told, Told]
) -> None:
    statuses = await hand_in(stranger, told, lambda text: f"{text}{UNSEEN}")
    assert {at: status for at, status in statuses.items() if status >= 500} == {}
    unseen = ("\x00", "\x07", "\x1b", "\u200b", "\\x00", "\\x07", "\\x1b", "\\u200b")
    found = {at for at, text in stored_texts(served) if any(one in text for one in unseen)}
    assert found == set()
