"""Probes against real servers: HTTP, TCP, ICMP, and SIP by kamailio."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.site.model import Check
from monitors.collect.plan import ServiceCheck
from monitors.collect.probes import _KINDS, ServiceProber, fault_of, http_status
from monitors.collect.sip import options_request, parse_response
from monitors.evidence import Element, ElementKind
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import Record, free_port, until
from tests.mortal import MORTAL
from tests.pace import is_over

LOOPBACK = IPv4Address("127.0.0.1")
KAMAILIO = """
children=1
listen=udp:127.0.0.1:{port}
disable_tcp=yes
auto_aliases=no
log_stderror=yes
loadmodule "sl.so"
request_route {{
    if (method == "OPTIONS" && uri =~ "^sip:gateway@") {{ sl_send_reply("200", "OK"); exit; }}
    sl_send_reply("404", "Not Found");
}}
"""


def check(kind: str, port: int | None = None, path: str = "/") -> Check:
    return Check(kind=kind, address=LOOPBACK, port=port, path=path)


@pytest.fixture(scope="module")
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("web")
    (folder / "health").write_text("ok")
    port = free_port()
    arguments = [*MORTAL, sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    process = subprocess.Popen(arguments, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        wait_for(check("tcp", port))
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def sip_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("kamailio")
    port = free_port(socket.SOCK_DGRAM)
    (folder / "kamailio.cfg").write_text(KAMAILIO.format(port=port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*MORTAL, "kamailio", "-f", "kamailio.cfg", "-DD", "-E", "-Y", ".", "-P", "pid"],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(check("sip", port, "gateway"))
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(what: Check) -> None:
    begun = time.monotonic()
    while (fault := asyncio.run(fault_of(what))) is not None:
        assert not is_over(begun, 10), fault
        time.sleep(0.05)


async def test_a_page_that_answers_200_is_good(web_server: int) -> None:
    assert await fault_of(check("http", web_server, "/health")) is None


async def test_a_page_that_is_missing_is_bad_and_says_why(web_server: int) -> None:
    assert "HTTP status 404" in await fault_of(check("http", web_server, "/missing"))


async def test_a_port_that_accepts_is_good_and_one_that_refuses_is_bad(web_server: int) -> None:
    assert await fault_of(check("tcp", web_server)) is None
    assert "refused" in (await fault_of(check("tcp", free_port()))).lower()


async def test_the_loopback_address_answers_an_echo_request() -> None:
    assert await fault_of(check("icmp")) is None


@pytest.mark.daemon
async def test_a_sip_server_that_answers_options_is_good(sip_server: int) -> None:
    assert await fault_of(check("sip", sip_server, "gateway")) is None


@pytest.mark.daemon
async def test_a_sip_server_that_does_not_know_the_user_is_bad(sip_server: int) -> None:
    assert "SIP status 404" in await fault_of(check("sip", sip_server, "nobody"))


async def test_nobody_at_the_sip_port_is_bad() -> None:
    fault = await fault_of(check("sip", free_port(socket.SOCK_DGRAM), "gateway"))
    assert "refused" in fault.lower()


async def test_a_server_that_accepts_and_stays_silent_is_bad_within_the_time() -> None:
    """Before a second of the same event loop is over, however busy the machine is."""
    server = await asyncio.start_server(lambda _r, _w: asyncio.sleep(3_600), "127.0.0.1", 0)
    asked = asyncio.create_task(fault_of(check("http", server.sockets[0].getsockname()[1])))
    await asyncio.sleep(1.0)
    for _ in range(100):  # both may have come due in one turn of the loop
        await asyncio.sleep(0)
    assert asked.done()
    assert "no answer" in asked.result()
    server.close()


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n", b"x" * 5000 + b"\n", b"HTTP/1.1 500 x\n"])
async def test_a_server_that_answers_nonsense_is_bad(answer: bytes) -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    assert await fault_of(check("http", server.sockets[0].getsockname()[1])) is not None
    server.close()


async def test_each_check_observes_its_service_once_a_second(
    web_server: int, record: Record
) -> None:
    checks = [
        ServiceCheck("platform", 0, check("http", web_server, "/health")),
        ServiceCheck("platform", 1, check("tcp", free_port())),
    ]
    prober = ServiceProber(checks, record.outlet, SystemClock())
    began = time.monotonic()
    running = asyncio.create_task(prober.run())
    await until(lambda: len(record.observations) >= 6, 60)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    elapsed_s = time.monotonic() - began
    platform = Element(ElementKind.SERVICE, "platform")
    found = {(o.element, o.source, o.ok) for o in record.observations}
    assert found == {(platform, "probe:0", True), (platform, "probe:1", False)}
    assert len(record.observations) / len(checks) <= elapsed_s + 1
    assert record.measured("service_check", service="platform")[0].fields["response_time_ms"] > 0
    assert prober.state.failures == prober.state.probes / 2


def test_the_request_is_one_a_sip_server_must_understand() -> None:
    request = options_request(
        user="gateway", host="10.0.0.1", port=5060, sender="10.0.0.2", sender_port=40000, token="t1"
    ).decode()
    assert request.startswith("OPTIONS sip:gateway@10.0.0.1:5060 SIP/2.0\r\n")
    assert request.endswith("Content-Length: 0\r\n\r\n")
    assert "branch=z9hG4bKt1" in request


@pytest.mark.parametrize(
    ("datagram", "status"),
    [
        (b"SIP/2.0 200 OK\r\nCall-ID: a\r\n\r\n", 200),
        (b"SIP/2.0 100 Trying\r\ni: a\r\n\r\n", 100),
        (b"SIP/2.0 200 OK\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nCall-ID: a\r\n\r\n", None),
        (b"", None),
    ],
)
def test_status_of_a_sip_response(datagram: bytes, status: int | None) -> None:
    response = parse_response(datagram)
    assert (response.status if response else None) == status


@given(st.binary(max_size=300))
def test_no_datagram_breaks_the_sip_reader(datagram: bytes) -> None:
    parse_response(datagram)
    parse_response(b"SIP/2.0 200 OK\r\nCall-ID: " + datagram)
    http_status(datagram)


class Panic(BaseException):
    """What an extension module raises."""


async def test_a_probe_that_breaks_is_unknown_and_ends_no_other(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def panic(_check: Check) -> None:
        raise Panic("not an Exception")

    monkeypatch.setitem(_KINDS, "icmp", panic)
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    checks = (ServiceCheck("bad", 0, check("icmp")), ServiceCheck("good", 0, check("tcp", port)))
    prober = ServiceProber(checks, record.outlet, SystemClock())
    running = asyncio.create_task(prober.run())
    good, bad = Element(ElementKind.SERVICE, "good"), Element(ElementKind.SERVICE, "bad")
    async with listener:
        await until(lambda: sum(o.element == good for o in record.observations) >= 3, 30)
    assert not running.done()
    assert prober.state.broken >= 1
    assert [concern.key for concern in prober.concerns(SystemClock().now())] == [
        "probe/broken/bad:0"
    ]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert record.ok(good) is True
    assert {o.ok for o in record.observations if o.element == bad} == {None}


async def test_a_time_out_attended_to_late_proves_nothing(record: Record) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        asked = ServiceCheck("calls", 0, check("sip", silent.getsockname()[1]))
        prober = ServiceProber((asked,), record.outlet, SystemClock())
        probing = asyncio.create_task(prober._probe(asked, with_sample=False))
        await asyncio.sleep(0.1)
        time.sleep(1.2)  # noqa: ASYNC251 - this process stands still
        await probing
    assert [o.ok for o in record.observations] == [None]
    assert prober.state.late == 1
