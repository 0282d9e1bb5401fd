"""What a provider answers in the twin: UDP and TCP echo, HTTP health, SIP OPTIONS (UDP, TCP).

Standard library only: the file runs inside a device with the machine's own ``python3``.
usage: services.py ADDRESS...
"""

import asyncio
import sys
from typing import cast

ECHO_PORT = 7
LINE_ECHO_PORT = 7007
HTTP_PORT = 8080
SIP_PORT = 5060
_COPIED_HEADERS = ("via", "v", "from", "f", "to", "t", "call-id", "i", "cseq")


class Echo(asyncio.DatagramProtocol):
    """Sends every datagram back (RFC 862)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


class SipOptions(Echo):
    """Answers SIP OPTIONS with 200 (RFC 3261, 11.2), other requests with 501."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = sip_answer(data.decode(errors="replace"))
        if answer is not None:
            self.transport.sendto(answer.encode(), addr)


def sip_answer(request: str) -> str | None:
    """The response to a SIP request; None for what is no request, and for ACK."""
    lines = request.split("\r\n")
    method, _, rest = lines[0].partition(" ")
    if not rest.endswith("SIP/2.0") or method == "ACK":
        return None
    status = "200 OK" if method == "OPTIONS" else "501 Not Implemented"
    kept = [line for line in lines[1:] if line.split(":")[0].strip().lower() in _COPIED_HEADERS]
    tagged = [_with_tag(line) for line in kept]
    return "\r\n".join(
        [f"SIP/2.0 {status}", *tagged, "Allow: OPTIONS", "Content-Length: 0", "", ""]
    )


def _with_tag(header: str) -> str:
    """A response carries a To tag (RFC 3261, 8.2.6.2)."""
    is_to = header.split(":")[0].strip().lower() in ("to", "t")
    return f"{header};tag=twin" if is_to and ";tag=" not in header else header


async def answer_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send each line back."""
    async for line in reader:
        writer.write(line)
        await writer.drain()
    writer.close()


async def answer_sip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each SIP request of a connection; requests without a body only (OPTIONS has none)."""
    while True:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            break
        answer = sip_answer(request.decode(errors="replace"))
        if answer is not None:
            writer.write(answer.encode())
            await writer.drain()
    writer.close()


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """``GET /health`` answers 200 ``ok``; everything else 404; the connection is closed."""
    request = await reader.readline()
    while await reader.readline() not in (b"\r\n", b"\n", b""):
        pass
    known = request.split(b" ")[1:2] == [b"/health"]
    status, body = (b"200 OK", b"ok\n") if known else (b"404 Not Found", b"not found\n")
    writer.write(b"HTTP/1.1 %b\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                 b"Connection: close\r\n\r\n%b" % (status, len(body), body))  # fmt: skip
    await writer.drain()
    writer.close()


async def serve(addresses: list[str]) -> None:
    """Answer on each address, from that address, until killed."""
    loop = asyncio.get_running_loop()
    for address in addresses:
        await loop.create_datagram_endpoint(Echo, local_addr=(address, ECHO_PORT))
        await loop.create_datagram_endpoint(SipOptions, local_addr=(address, SIP_PORT))
    lines = await asyncio.start_server(answer_lines, addresses, LINE_ECHO_PORT)
    http = await asyncio.start_server(answer_http, addresses, HTTP_PORT)
    sip = await asyncio.start_server(answer_sip, addresses, SIP_PORT)
    async with lines, http, sip:
        await asyncio.gather(lines.serve_forever(), http.serve_forever(), sip.serve_forever())


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(sys.argv[1:])))
