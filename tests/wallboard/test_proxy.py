"""Behind a TLS proxy: who asks, by which scheme and name, and whose word is taken for it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from ops_core.app.serve import server_of
from ops_core.kernel.settings import Settings
from tests.wallboard.proxied import free_port, haproxy, running
from tests.wallboard.serve import PASSWORD, Served
from wallboard.application import create_application

NAME = "centre.example"
PROXY = "127.0.0.5"
"""The address from which the proxy reaches the platform; a client is 127.0.0.1."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        state_directory=tmp_path,
        web_port=free_port(),
        web_public_url=f"https://{NAME}",
        web_trusted_proxies=(PROXY,),
    )


@pytest.fixture
def before(served: Served, settings: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    """A browser before the proxy, which passes the public name on."""
    application = create_application(replace(served.dependencies, settings=settings))
    tls = free_port()
    headers = {"host": NAME, "accept": "text/html"}
    with (
        running(server_of(application, settings)),
        haproxy(tmp_path, tls, settings.web_port, PROXY, NAME),
        httpx.Client(
            base_url=f"https://127.0.0.1:{tls}",
            verify=False,  # noqa: S501 - signed by itself, on loopback
            headers=headers,
            timeout=60,
        ) as client,
    ):
        yield client


def sign_in(client: httpx.Client, origin: str, **headers: str) -> httpx.Response:
    form = {"name": "li.ming", "password": PASSWORD, "target": "/"}
    return client.post("/login", data=form, headers={"origin": origin, **headers})


def test_the_public_name_is_answered_and_another_is_not(before: httpx.Client) -> None:
    assert before.get("/login").status_code == 200
    refused = before.get("/login", headers={"host": "rebound.example"})
    assert refused.status_code == 421
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_page_of_the_public_address_may_command_and_its_cookie_is_secure(
    before: httpx.Client,
) -> None:
    answer = sign_in(before, f"https://{NAME}")
    assert answer.status_code == 303, answer.text
    assert "secure" in answer.headers["set-cookie"].lower()
    for foreign in ("https://evil.example", f"https://{NAME}.evil.example", "null"):
        assert sign_in(before, foreign).status_code == 403


def test_without_the_proxy_the_machine_itself_is_answered_and_cookies_stay_secure(
    before: httpx.Client, settings: Settings
) -> None:
    with httpx.Client(base_url=str(settings.own_origin), timeout=60) as direct:
        assert direct.get("/healthz").status_code == 200
        answer = sign_in(direct, str(settings.own_origin))
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
        assert direct.get("/healthz", headers={"host": "rebound.example"}).status_code == 421


async def tell_who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers with what the server made of the connection."""
    if scope["type"] != "http":
        return
    answer = JSONResponse({"client": scope["client"][0], "scheme": scope["scheme"]})
    await answer(scope, receive, send)


def test_only_a_trusted_proxy_says_who_asks_and_how(settings: Settings, tmp_path: Path) -> None:
    tls = free_port()
    lies = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    with (
        running(server_of(tell_who_asks, settings)),
        haproxy(tmp_path, tls, settings.web_port, PROXY, NAME),
    ):
        url = f"https://127.0.0.1:{tls}"
        by_proxy = httpx.get(url, verify=False, headers=lies)  # noqa: S501 - as above
        # HAProxy adds the address it sees behind what the client claims; the claim is not taken.
        assert by_proxy.json() == {"client": "127.0.0.1", "scheme": "https"}
        direct = httpx.get(str(settings.own_origin), headers=lies)
        assert direct.json() == {"client": "127.0.0.1", "scheme": "http"}


def test_without_trusted_proxies_nobody_s_word_is_taken(tmp_path: Path) -> None:
    alone = Settings(state_directory=tmp_path, web_port=free_port())
    lies = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    with running(server_of(tell_who_asks, alone)):
        told = httpx.get(str(alone.own_origin), headers=lies).json()
    assert told == {"client": "127.0.0.1", "scheme": "http"}
