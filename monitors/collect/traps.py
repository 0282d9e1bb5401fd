"""The trap receiver: pysnmp decodes and authenticates, `trap_meaning` says what was meant."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto.rfc1902 import IpAddress, ObjectIdentifier, OctetString

from monitors.collect.plan import CollectionPlan, SnmpSecrets
from monitors.collect.poller import Outlet
from monitors.collect.snmp import Value
from monitors.collect.trap_meaning import Hint, Trap, meaning_of
from monitors.evidence import Element
from ops_core.kernel.clock import Clock

log = logging.getLogger(__name__)

TRAP_PORT = 162
REPEATED_WITHIN_S = 5.0
"""Peers repeat a trap each second while a fault lasts (FRR does with a connect timer of 1 s)."""
RECEIVE_BUFFER = 2**21


@dataclass(frozen=True, slots=True)
class TrapState:
    """Datagrams since the start. ``refused``: wrong community or user, or no SNMP at all."""

    received: int = 0
    unknown_source: int = 0
    refused: int = 0
    meaningless: int = 0
    repeated: int = 0


class TrapReceiver:
    """Listens for v2c and v3 traps and informs of the plan's devices.

    A datagram from an address that no declared device has is dropped unread, which is cheap;
    decoding is not.
    """

    def __init__(
        self,
        plan: CollectionPlan,
        outlet: Outlet,
        on_hint: Callable[[Hint], None],
        clock: Clock,
        *,
        address: str = "0.0.0.0",  # noqa: S104 - the device side's namespace, not the machine
        port: int = TRAP_PORT,
        engine_ids: Mapping[str, bytes] | None = None,
    ) -> None:
        """``engine_ids``: SNMP engine id by device, for senders of v3 traps."""
        self._plan = plan
        self._outlet = outlet
        self._on_hint = on_hint
        self._clock = clock
        self._address = address
        self._port = port
        self._engine_ids = engine_ids or {}
        self._sender = ""
        self._was_read = False
        self._said: dict[Element, tuple[bool | None, str, float]] = {}
        self.state = TrapState()
        self.is_listening = asyncio.Event()

    @property
    def port(self) -> int:
        """The UDP port, once listening; useful where 0 was asked for."""
        return self._port

    async def run(self) -> None:
        """Receive until cancelled. Raises OSError when the port cannot be had."""
        receiving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        try:
            receiving.bind((self._address, self._port))
        except OSError:
            receiving.close()
            raise
        receiving.setblocking(False)
        self._port = receiving.getsockname()[1]
        engine = SnmpEngine()
        transport = _FilteredTransport(self._accepts, self._count_refused)
        config.add_transport(engine, udp.DOMAIN_NAME, transport.open_server_mode(sock=receiving))
        _admit(engine, self._plan.secrets, self._engine_ids)
        receiver = NotificationReceiver(engine, self._read)
        try:
            # open_server_mode schedules the endpoint's creation.
            await asyncio.sleep(0)
            self.is_listening.set()
            await asyncio.Event().wait()
        finally:
            receiver.close(engine)
            engine.close_dispatcher()
            receiving.close()

    def _accepts(self, source: str) -> bool:
        device = self._plan.devices_by_address.get(source)
        if device is None:
            self._count(received=1, unknown_source=1)
            return False
        self._sender = device
        self._was_read = False
        return True

    def _count_refused(self) -> None:
        """Called after each accepted datagram: what pysnmp did not pass on, it refused."""
        self._count(received=1, refused=not self._was_read)

    def _read(self, *arguments: object) -> None:
        """pysnmp's callback: (engine, reference, context engine, context name, varbinds, data)."""
        self._was_read = True
        variables = arguments[4]
        assert isinstance(variables, list | tuple)  # noqa: S101
        trap = Trap(self._sender, {str(oid): plain(value) for oid, value in variables})
        meaning = meaning_of(trap, self._plan, self._clock.now())
        if meaning is None:
            self._count(meaningless=1)
            return
        ok = meaning.observation.ok if meaning.observation else None
        if self._is_repeated(meaning.hint.element, ok, meaning.hint.detail):
            self._count(repeated=1)
            return
        if meaning.observation is not None:
            self._outlet.observations([meaning.observation])
        self._on_hint(meaning.hint)

    def _is_repeated(self, element: Element, ok: bool | None, detail: str) -> bool:
        """The same finding again within a few seconds; a change in between is never one."""
        now = self._clock.monotonic()
        said = self._said.get(element)
        if said is not None and said[:2] == (ok, detail) and now - said[2] < REPEATED_WITHIN_S:
            return True
        self._said[element] = (ok, detail, now)
        return False

    def _count(
        self,
        *,
        received: int = 0,
        unknown_source: int = 0,
        refused: int = 0,
        meaningless: int = 0,
        repeated: int = 0,
    ) -> None:
        state = self.state
        self.state = replace(
            state,
            received=state.received + received,
            unknown_source=state.unknown_source + unknown_source,
            refused=state.refused + refused,
            meaningless=state.meaningless + meaningless,
            repeated=state.repeated + repeated,
        )


class _FilteredTransport(udp.UdpAsyncioTransport):  # type: ignore[misc]
    """Hands pysnmp only what comes from a declared device, one datagram wholly before the next."""

    def __init__(self, accepts: Callable[[str], bool], done: Callable[[], None]) -> None:
        super().__init__()
        self._accepts = accepts
        self._done = done

    def datagram_received(self, datagram: bytes, transportAddress: tuple[str, int]) -> None:  # noqa: N803
        if not self._accepts(transportAddress[0]):
            return
        try:
            self._callback_function(self, transportAddress, datagram)
        except Exception as error:  # noqa: BLE001 - any datagram may come; pysnmp raises many kinds
            log.debug("unreadable datagram from %s: %s", transportAddress[0], error)
        self._done()


def plain(value: object) -> Value:
    """A pysnmp value as the Python value that the poller would have read."""
    if isinstance(value, IpAddress | ObjectIdentifier):
        return str(value.prettyPrint())
    if isinstance(value, OctetString):
        return bytes(value)
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return str(value)


def _admit(engine: SnmpEngine, secrets: SnmpSecrets, engine_ids: Mapping[str, bytes]) -> None:
    """Let in the trap community and the v3 user.

    The sender of a trap is its authoritative engine (RFC 3414), so its engine id must be known;
    an inform uses ours.
    """
    config.add_v1_system(engine, "traps", secrets.trap_community)
    for engine_id in (None, *engine_ids.values()):
        config.add_v3_user(
            engine,
            secrets.user,
            config.USM_AUTH_HMAC96_SHA,
            secrets.authentication_key,
            config.USM_PRIV_CFB128_AES,
            secrets.privacy_key,
            securityEngineId=None if engine_id is None else OctetString(engine_id),
        )
