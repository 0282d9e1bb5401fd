"""The page of the proofs: verdicts in both languages, findings, and what failed in the picture."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from device_configs.proofs.prove import NAMES, DeclaredProofs
from device_configs.proofs.verdict import Finding, Proof, ProofVerdict
from device_configs.site.model import Site
from ops_core.kernel.i18n import translations
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application
from wallboard.proofs import count_word, failed_elements, marked, proof_title, verdict_word
from wallboard.wall.state import Condition


class Told:
    """A source whose proofs a test chooses."""

    def __init__(self, *proofs: Proof) -> None:
        self._proofs = proofs

    def proofs(self) -> tuple[Proof, ...]:
        return self._proofs


BROKEN = Proof(
    "single_points",
    "No single failure cuts a seat from a service",
    findings=(
        Finding(
            ("feed:feed-a",), "its failure cuts 72 seats", "fail together", "mend <it>", "seat-001"
        ),
    ),
    notes=(Finding(("sw-1",), "cuts 12 seats", "accepted", "nothing to do"),),
    counts={"seats": 72},
)


def of(dependencies: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_application(dependencies))  # type: ignore[arg-type]
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


@pytest.fixture
async def browser(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    """Someone who may see incidents, before a platform with a violated proof."""
    async with of(replace(served.dependencies, proofs=Told(BROKEN))) as client:
        await sign_in(client, "guest")
        yield client


async def test_a_violated_proof_is_shown_with_its_finding(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/network/proofs")).text
    assert "不成立" in page
    assert "任一单点故障都不会使座席失去业务" in page
    assert "<b>feed:feed-a</b>" in page
    assert "mend &lt;it&gt;" in page
    assert "附注1条" in page
    assert 'href="/network/proofs" data-key="g n" aria-current="page"' in page


async def test_every_member_of_a_named_group_is_marked_and_nothing_else(
    browser: httpx.AsyncClient,
) -> None:
    page = (await browser.get("/network/proofs")).text
    assert 'class="node named" id="proof-device-core-a"' in page
    assert 'class="node named" id="proof-device-rt-a"' in page
    assert 'class="node" id="proof-device-core-b"' in page


async def test_the_page_speaks_english(browser: httpx.AsyncClient) -> None:
    await browser.post("/language", data={"language": "en", "target": "/network/proofs"})
    page = (await browser.get("/network/proofs")).text
    assert "Violated" in page
    assert "No single failure cuts a seat from a service" in page


async def test_the_shipped_declaration_is_proved_on_the_page(served: Served, site: Site) -> None:
    async with of(replace(served.dependencies, proofs=DeclaredProofs(site))) as client:
        await sign_in(client, "guest")
        page = (await client.get("/network/proofs")).text
    assert page.count('class="state holds"') == 10
    assert page.count('class="state unknown"') == 1
    assert "没有被点名的对象" in page


async def test_without_a_source_there_is_neither_page_nor_menu_entry(served: Served) -> None:
    async with of(replace(served.dependencies, proofs=None)) as client:
        await sign_in(client, "li.ming")
        assert (await client.get("/network/proofs")).status_code == 404
        assert "/network/proofs" not in (await client.get("/devices")).text


async def test_a_stranger_is_sent_to_the_sign_in(served: Served) -> None:
    async with of(replace(served.dependencies, proofs=Told(BROKEN))) as client:
        answer = await client.get("/network/proofs")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_a_circuit_is_marked_by_its_link(site: Site) -> None:
    named = replace(BROKEN, findings=(Finding(("rt-b--egov",), "w", "w", "r"),))
    found = failed_elements(site, [named])
    assert found == {"rt-b--egov", "egov-b"}
    view = marked(site, found)
    assert {c.name for c in view.circuits if c.condition is Condition.DOWN} == {"egov-b"}


def test_every_count_of_the_shipped_site_has_a_word(site: Site) -> None:
    names = {name for proof in DeclaredProofs(site).proofs() for name in proof.counts}
    assert {name for name in names if count_word(name, str) == name} == set()


def test_every_proof_and_verdict_has_a_word_in_both_languages() -> None:

    for language in ("zh", "en"):
        translate = translations(language).gettext
        titles = {proof_title(name, translate) for name in NAMES}
        assert len(titles) == len(NAMES)
        assert not titles & set(NAMES)
        assert len({verdict_word(verdict, translate) for verdict in ProofVerdict}) == 3
