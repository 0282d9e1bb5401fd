"""Simulated agents for machines without the twin: enough SNMP to feed the wall.

One process answers for all targets, each on a UDP port of the loopback address. pysnmp encodes
and decodes; the objects are a sorted list, which serves GET, GETNEXT and GETBULK alike.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError
from pysnmp.proto import api
from pysnmp.proto.rfc1902 import (
    Counter32,
    Counter64,
    Gauge32,
    Integer32,
    OctetString,
    TimeTicks,
)

from device_configs.site.model import Seat, Site
from monitors.collect.plan import LOOPBACK
from monitors.collect.polling.interpretation import display_row
from ops_core.kernel.clock import Clock

v2c = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]

Oid = tuple[int, ...]
Objects = Mapping[Oid, Callable[[], object]]

UP, DOWN = 1, 2
IF_TABLE = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_TABLE = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
SYS_UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
ENGINE_BOOTS = (1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0)
EXTEND_RESULT = (1, 3, 6, 1, 4, 1, 8072, 1, 3, 2, 3, 1, 4)
HOST_UPTIME = (1, 3, 6, 1, 2, 1, 25, 1, 1, 0)
HOST_PROCESSES = (1, 3, 6, 1, 2, 1, 25, 1, 6, 0)
CPU_IDLE = (1, 3, 6, 1, 4, 1, 2021, 11, 11, 0)
LOAD = (1, 3, 6, 1, 4, 1, 2021, 10, 1, 5, 1)
MEMORY_TOTAL = (1, 3, 6, 1, 4, 1, 2021, 4, 5, 0)
MEMORY_FREE = (1, 3, 6, 1, 4, 1, 2021, 4, 6, 0)
SPEED_MBPS = 1_000
OCTETS_PER_S = 250_000
LARGEST_REPLY = 60


class SimulatedSite:
    """The agents of a site's devices and seats, all up until told otherwise."""

    def __init__(self, site: Site, community: str, clock: Clock) -> None:
        self._community = community.encode()
        self._clock = clock
        self._started = clock.monotonic()
        self._down_ports: set[str] = set()
        self._unplugged: set[tuple[str, str]] = set()
        self._silent: set[str] = set()
        self._objects: dict[str, Objects] = {
            device.name: self._device(site, device.name)
            for device in site.devices.values()
            if device.polled and device.snmp != "none"
        }
        self._objects |= {seat.name: self._seat(seat) for seat in site.seats.values()}
        self._transports: list[asyncio.DatagramTransport] = []

    async def start(self) -> Mapping[str, int]:
        """Open a port for each agent on the running loop; ports by target name."""
        loop = asyncio.get_running_loop()
        ports: dict[str, int] = {}
        for name, objects in self._objects.items():
            transport, _ = await loop.create_datagram_endpoint(
                lambda n=name, o=objects: _Agent(self._community, o, lambda: n in self._silent),  # type: ignore[misc]
                local_addr=(LOOPBACK, 0),
            )
            self._transports.append(transport)
            ports[name] = transport.get_extra_info("sockname")[1]
        return ports

    def stop(self) -> None:
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def set_port(self, port: str, *, up: bool) -> None:
        """Take one port (``rt-a:egov``) down or up again."""
        (self._down_ports.discard if up else self._down_ports.add)(port)

    def set_display(self, seat: str, *, connected: bool, number: int = 1) -> None:
        """Unplug or plug a display of a seat (``seat-001``), the first one unless said."""
        row = (seat, display_row(number))
        (self._unplugged.discard if connected else self._unplugged.add)(row)

    def set_answering(self, name: str, *, answering: bool) -> None:
        """Make an agent fall silent, or answer again."""
        (self._silent.discard if answering else self._silent.add)(name)

    def _uptime_cs(self) -> int:
        return int((self._clock.monotonic() - self._started) * 100)

    def _octets(self, index: int) -> int:
        return int((self._clock.monotonic() - self._started) * OCTETS_PER_S * (1 + index % 7))

    def _system(self) -> dict[Oid, Callable[[], object]]:
        return {
            SYS_UPTIME: lambda: TimeTicks(self._uptime_cs()),
            ENGINE_BOOTS: lambda: Integer32(1),
        }

    def _device(self, site: Site, name: str) -> Objects:
        objects = self._system()
        objects |= {
            CPU_IDLE: lambda: Integer32(90),
            LOAD: lambda: Integer32(10),
            MEMORY_TOTAL: lambda: Integer32(8_000_000),
            MEMORY_FREE: lambda: Integer32(6_000_000),
        }
        for index, link in enumerate(site.links_of[name], start=1):
            objects |= self._interface(index, name, link.end_at(name).port)
        return objects

    def _interface(self, index: int, device: str, port: str) -> Objects:
        def oper_status() -> object:
            return Integer32(DOWN if f"{device}:{port}" in self._down_ports else UP)

        rows: dict[Oid, Callable[[], object]] = {
            (*IFX_TABLE, 1, index): lambda: OctetString(port.encode()),
            (*IF_TABLE, 7, index): lambda: Integer32(UP),
            (*IF_TABLE, 8, index): oper_status,
            (*IFX_TABLE, 15, index): lambda: Gauge32(SPEED_MBPS),
            (*IFX_TABLE, 19, index): lambda: TimeTicks(0),
            (*IFX_TABLE, 6, index): lambda: Counter64(self._octets(index)),
            (*IFX_TABLE, 10, index): lambda: Counter64(self._octets(index + 3)),
        }
        for column in (13, 14, 19, 20):
            rows[(*IF_TABLE, column, index)] = lambda: Counter32(0)
        return rows

    def _seat(self, seat: Seat) -> Objects:
        displays: Objects = dict(
            self._display(seat.name, display_row(number))
            for number in range(1, len(seat.displays) + 1)
        )
        host: Objects = {
            HOST_UPTIME: lambda: TimeTicks(self._uptime_cs()),
            HOST_PROCESSES: lambda: Gauge32(80),
        }
        return {**self._system(), **host, **displays}

    def _display(self, seat: str, row: str) -> tuple[Oid, Callable[[], object]]:
        def result() -> object:
            return Integer32(int((seat, row) in self._unplugged))

        return (*EXTEND_RESULT, len(row), *row.encode()), result


class _Agent(asyncio.DatagramProtocol):
    """One agent's port: v2c, read only; a wrong community or anything unreadable is ignored."""

    def __init__(self, community: bytes, objects: Objects, is_silent: Callable[[], bool]) -> None:
        self._community = community
        self._objects = objects
        self._order: Sequence[Oid] = sorted(objects)
        self._is_silent = is_silent
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._is_silent() or self._transport is None:
            return
        try:
            reply = self._reply(data)
        except (PyAsn1Error, PySnmpError):
            return
        if reply is not None:
            self._transport.sendto(reply, addr)

    def _reply(self, data: bytes) -> bytes | None:
        request, _ = decoder.decode(data, asn1Spec=v2c.Message())
        if bytes(v2c.apiMessage.get_community(request)) != self._community:
            return None
        reply = v2c.apiMessage.get_response(request)
        question = v2c.apiMessage.get_pdu(request)
        answer = v2c.apiMessage.get_pdu(reply)
        v2c.apiPDU.set_varbinds(answer, self._answers(question))
        return bytes(encoder.encode(reply))

    def _answers(self, question: object) -> list[tuple[Oid, object]]:
        if isinstance(question, v2c.GetBulkRequestPDU):
            asked = [tuple(name) for name, _ in v2c.apiBulkPDU.get_varbinds(question)]
            repetitions = int(v2c.apiBulkPDU.get_max_repetitions(question))
            once = int(v2c.apiBulkPDU.get_non_repeaters(question))
            rest = self._bulk(asked[once:], min(repetitions, LARGEST_REPLY))
            return [*self._bulk(asked[:once], 1), *rest] if once else rest
        asked = [tuple(name) for name, _ in v2c.apiPDU.get_varbinds(question)]
        if isinstance(question, v2c.GetNextRequestPDU):
            return self._bulk(asked, 1)
        return [(name, self._value(name)) for name in asked]

    def _bulk(self, asked: Sequence[Oid], repetitions: int) -> list[tuple[Oid, object]]:
        answers: list[tuple[Oid, object]] = []
        for start in asked:
            position = bisect_right(self._order, start)
            names = self._order[position : position + repetitions]
            answers += [(name, self._value(name)) for name in names]
            if len(names) < repetitions:
                answers.append((names[-1] if names else start, v2c.EndOfMibView()))
        return answers

    def _value(self, name: Oid) -> object:
        reader = self._objects.get(name)
        return v2c.NoSuchInstance() if reader is None else reader()
