"""Probes of the declared services: does what people use answer, and how fast."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gufo.ping import Ping

from device_configs.site.model import Check
from monitors.collect.plan import ServiceCheck
from monitors.collect.polling.poller import Outlet, phase_of
from monitors.collect.sip import SipResponse, options_request, parse_response
from monitors.evidence import Element, ElementKind, Observation, Source
from monitors.samples import Sample, tags_of
from ops_core.kernel.clock import Clock
from ops_core.kernel.containment import Containment
from ops_core.kernel.health import Concern, Measure, MeasureKind
from ops_core.kernel.i18n import message

INTERVAL_S = 1.0
TIMEOUT_S = 0.8
RESEND_AFTER_S = 0.3
"""UDP and ICMP may lose one packet; RFC 3261's first retransmission comes after 0.5 s."""
DEFAULT_PORTS = {"http": 80, "sip": 5060}
HTTP_OK = 200
SIP_OK = 200
STATUS_LINE_LIMIT = 1_024
ROUNDS_PER_SAMPLE = 5
LATE_S = 0.25
"""A time-out that this process attends to so late proves nothing about the service."""
COUNTERS: Mapping[str, str] = {
    "probes": "Probes of services.",
    "failures": "Probes that found a service not to answer as declared.",
    "late": "Probes whose outcome is unknown because this process was late.",
}


class CheckFailed(Exception):
    """The service answered, and not as declared."""


@dataclass(frozen=True, slots=True)
class ProbeState:
    """Counts since the start. ``late`` probes have no result: this process was late."""

    probes: int = 0
    failures: int = 0
    late: int = 0
    broken: int = 0


class ServiceProber:
    """All checks of a plan, each once a second."""

    def __init__(self, checks: Sequence[ServiceCheck], outlet: Outlet, clock: Clock) -> None:
        self._checks = checks
        self._outlet = outlet
        self._clock = clock
        self._containment = Containment("probing", clock)
        self._containment_of_reports = Containment("reporting a broken probe", clock)
        self._counts: Counter[str] = Counter()
        self._times_s: dict[str, float] = {}
        self.state = ProbeState()

    async def run(self) -> None:
        """Probe until cancelled; no check ends it."""
        async with asyncio.TaskGroup() as tasks:
            for check in self._checks:
                tasks.create_task(self._keep_probing(check))

    async def _keep_probing(self, check: ServiceCheck) -> None:
        await asyncio.sleep(phase_of(_name_of(check), INTERVAL_S))
        started = self._clock.monotonic()
        count = 0
        while True:
            await self._probe(check, with_sample=count % ROUNDS_PER_SAMPLE == 0)
            count += 1
            behind = (self._clock.monotonic() - started) % INTERVAL_S
            await asyncio.sleep(INTERVAL_S - behind)

    async def _probe(self, check: ServiceCheck, *, with_sample: bool) -> None:
        """One probe; what breaks it is this check's trouble alone, and its result unknown."""
        name = _name_of(check)
        self._counts["probes"] += 1
        is_done = False
        with self._containment.boundary(name):
            await self._ask(check, name, with_sample=with_sample)
            is_done = True
        if not is_done:
            with self._containment_of_reports.boundary(name):
                self._observe(check, None, "the probe itself failed")
        self.state = ProbeState(
            self._counts["probes"],
            self._counts["failures"],
            self._counts["late"],
            self._containment.failures.total(),
        )

    async def _ask(self, check: ServiceCheck, name: str, *, with_sample: bool) -> None:
        started = self._clock.monotonic()
        fault = await fault_of(check.check)
        elapsed_s = self._clock.monotonic() - started
        self._times_s[name] = elapsed_s
        if fault is not None and elapsed_s > TIMEOUT_S + LATE_S:
            # The time-out was attended to late, so an answer may have come in time.
            self._counts["late"] += 1
            self._observe(check, None, "the collector was late itself")
            return
        self._counts["failures"] += fault is not None
        at = self._observe(check, fault is None, fault or "")
        if with_sample and fault is None:
            tags = tags_of(service=check.service, check=f"{check.position}:{check.check.kind}")
            fields = {"response_time_ms": elapsed_s * 1_000}
            self._outlet.samples([Sample("service_check", tags, fields, at)])

    def _observe(self, check: ServiceCheck, ok: bool | None, detail: str) -> datetime:
        at = self._clock.now()
        element = Element(ElementKind.SERVICE, check.service)
        source = Source.of_check(check.position)
        self._outlet.observations([Observation(element, source, ok, at, detail)])
        return at

    def measures(self) -> list[Measure]:
        """Figures of each check; from any thread."""
        counts = self._counts
        found = [
            Measure(f"zhishou_probe_{name}_total", text, counts[name], MeasureKind.COUNTER)
            for name, text in COUNTERS.items()
        ]
        for name, elapsed_s in self._times_s.copy().items():
            labels = {"check": name}
            broken = self._containment.failures[name]
            text = "How long the last probe took."
            found.append(Measure("zhishou_probe_seconds", text, elapsed_s, labels=labels))
            text = "Probes ended by an error of ours."
            found.append(
                Measure("zhishou_probe_broken_total", text, broken, MeasureKind.COUNTER, labels)
            )
        return found

    def concerns(self, now: datetime) -> list[Concern]:  # noqa: ARG002 - as every source has it
        """Probes that break, not those that find a service down: that is a fault of the site."""
        return [
            Concern(
                f"probe/broken/{name}",
                message("业务探测 {check} 出错：{error}", check=name, error=failing.error),
                since=failing.since,
            )
            for name, failing in self._containment.failing.copy().items()
        ]


def _name_of(check: ServiceCheck) -> str:
    return f"{check.service}:{check.position}"


async def fault_of(check: Check) -> str | None:
    """Why the check fails, None when it succeeds in ``TIMEOUT_S``."""
    where = f"{check.kind} {check.address}" + (f":{check.port}" if check.port else "")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await _KINDS[check.kind](check)
    except TimeoutError:
        return f"{where}: no answer in {TIMEOUT_S} s"
    except CheckFailed as error:
        return f"{where}: {error}"
    except OSError as error:
        # asyncio words its connection errors itself; the system's words say more.
        return f"{where}: {os.strerror(error.errno) if error.errno else error}"
    return None


async def _icmp(check: Check) -> None:
    pinger = Ping(timeout=RESEND_AFTER_S)
    for _ in range(2):
        if await pinger.ping(str(check.address)) is not None:
            return
    raise CheckFailed("no reply to 2 echo requests")


async def _tcp(check: Check) -> None:
    if check.port is None:
        raise CheckFailed("a TCP check needs a port")
    _, writer = await asyncio.open_connection(str(check.address), check.port)
    writer.close()


async def _http(check: Check) -> None:
    port = check.port or DEFAULT_PORTS["http"]
    reader, writer = await asyncio.open_connection(
        str(check.address), port, limit=STATUS_LINE_LIMIT
    )
    try:
        request = (
            f"GET {check.path} HTTP/1.1\r\nHost: {check.address}:{port}\r\n"
            "User-Agent: zhishou\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
        writer.write(request.encode())
        await writer.drain()
        status = http_status(await reader.readuntil(b"\n"))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise CheckFailed("no HTTP status line") from error
    finally:
        writer.close()
    if status != HTTP_OK:
        raise CheckFailed("no HTTP status line" if status is None else f"HTTP status {status}")


def http_status(line: bytes) -> int | None:
    """The status code of a status line (RFC 9112 section 4), None for anything else."""
    parts = line.split(maxsplit=2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1."):
        return None
    code = parts[1]
    return int(code) if len(code) == 3 and code.isdigit() else None


async def _sip(check: Check) -> None:
    loop = asyncio.get_running_loop()
    port = check.port or DEFAULT_PORTS["sip"]
    token = secrets.token_hex(8)
    transport, answer = await loop.create_datagram_endpoint(
        lambda: _SipAnswer(token), remote_addr=(str(check.address), port)
    )
    try:
        sender, sender_port = transport.get_extra_info("sockname")[:2]
        request = options_request(
            user=check.path.strip("/") or "probe",
            host=str(check.address),
            port=port,
            sender=sender,
            sender_port=sender_port,
            token=token,
        )
        transport.sendto(request)
        done, _ = await asyncio.wait([answer.response], timeout=RESEND_AFTER_S)
        if not done:
            transport.sendto(request)
        response = await answer.response
    finally:
        transport.close()
    if response.status != SIP_OK:
        raise CheckFailed(f"SIP status {response.status} {response.reason}")


class _SipAnswer(asyncio.DatagramProtocol):
    """Waits for the final response to one request; what is not that is ignored."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        self.response: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        response = parse_response(data)
        is_ours = response is not None and response.call_id == self._call_id
        if response is not None and is_ours and response.is_final and not self.response.done():
            self.response.set_result(response)

    def error_received(self, exc: Exception) -> None:
        if not self.response.done():
            self.response.set_exception(exc)


_KINDS: Mapping[str, Callable[[Check], Awaitable[None]]] = {
    "icmp": _icmp,
    "tcp": _tcp,
    "http": _http,
    "sip": _sip,
}
