"""One check of a service: ICMP, TCP, HTTP or SIP."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping

from gufo.ping import Ping

from device_configs.site.model import Check
from monitors.collect.sip import SipResponse, options_request, parse_response

TIMEOUT_S = 0.8
RESEND_AFTER_S = 0.3
"""UDP and ICMP may lose one packet; RFC 3261's first retransmission comes after 0.5 s."""
DEFAULT_PORTS = {"http": 80, "sip": 5060}
HTTP_OK = 200
SIP_OK = 200
STATUS_LINE_LIMIT = 1_024


class CheckFailed(Exception):
    """The service answered, and not as declared."""


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
