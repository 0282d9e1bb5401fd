"""Which SNMP engine signs whose traps: declared, or learned by asking the device's agent.

The sender of a trap is its authoritative engine (RFC 3414 section 1.5.1): without its engine id
nobody can make the key that verifies it. An agent tells its engine id to anyone who asks; its
boots and time it then signs, together with a message id of ours that nobody could have foreseen,
so that answer is no replay.
"""

import asyncio
import logging
import secrets as randomness
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitors.collect.plan import SnmpSecrets, SnmpTarget
from monitors.collect.protocol import ber
from monitors.collect.protocol.message import (
    REPORTABLE,
    Envelope,
    PduKind,
    UserMessage,
    context_octets,
    is_authentic,
    pdu_octets,
    scoped_octets,
    secured,
)
from monitors.collect.protocol.usm import ENGINE_ID_OCTETS, EngineKeys
from monitors.collect.traps import engine_time
from monitors.collect.traps.engine_time import EngineTime
from monitors.collect.traps.notification import read_message
from ops_core.kernel.clock import Clock

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
TRIES = 2
"""An answer to the first question counts while the second is out: slow agents need so long."""
LARGEST_ANSWER = 4096
GREATEST_MESSAGE_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Engine:
    """A device's engine: its keys, and what was last heard of its time."""

    device: str
    engine_id: bytes
    keys: EngineKeys
    time: EngineTime | None = None


class Engines:
    """Engines by id; of each device the declared one and the learned one, so two at most."""

    def __init__(
        self,
        secrets: SnmpSecrets,
        declared: Mapping[str, bytes],
        protocols: Mapping[str, str] | None = None,
    ) -> None:
        """``protocols``: how a device signs, where it is not by SHA."""
        self._secrets = secrets
        self._protocols = dict(protocols or {})
        self._declared = dict(declared)
        self._learned: dict[str, bytes] = {}
        self._by_id: dict[bytes, dict[str, Engine]] = {}
        for device, engine_id in declared.items():
            self._put(self._engine(device, engine_id))

    def signer(self, device: str | None, engine_id: bytes) -> Engine | None:
        """Whose engine this is: the sender's own before all, else of the one device that has it."""
        found = self._by_id.get(engine_id, {})
        if device in found:
            return found[device]
        return next(iter(found.values())) if len(found) == 1 else None

    def learn(self, device: str, engine_id: bytes, time: EngineTime) -> None:
        """What a device's agent says of itself now; it replaces what it said before."""
        former = self._learned.get(device)
        if former is not None and former not in (engine_id, self._declared.get(device)):
            self._remove(device, former)
        self._learned[device] = engine_id
        self._put(replace(self._engine(device, engine_id), time=time))

    def heard(self, engine: Engine, boots: int, time_s: int, at_s: float) -> None:
        """An authentic and timely message of an engine."""
        self._put(replace(engine, time=engine_time.heard(engine.time, boots, time_s, at_s)))

    def shared(self) -> tuple[tuple[str, ...], ...]:
        """Devices that have one engine id between them: each spoils the other's time."""
        owners = [tuple(sorted(engines)) for engines in tuple(self._by_id.values())]
        return tuple(sorted(names for names in owners if len(names) > 1))

    def _engine(self, device: str, engine_id: bytes) -> Engine:
        known = self._by_id.get(engine_id, {}).get(device)
        if known is not None:
            return known
        secrets = self._secrets
        keys = EngineKeys(
            secrets.authentication_key,
            secrets.privacy_key,
            engine_id,
            self._protocols.get(device, "sha"),
        )
        return Engine(device, engine_id, keys)

    def _put(self, engine: Engine) -> None:
        self._by_id.setdefault(engine.engine_id, {})[engine.device] = engine

    def _remove(self, device: str, engine_id: bytes) -> None:
        engines = self._by_id[engine_id]
        del engines[device]
        if not engines:
            del self._by_id[engine_id]


@dataclass(frozen=True, slots=True)
class Introduction:
    """What an agent said of its engine, signed."""

    engine_id: bytes
    time: EngineTime


async def ask_engine(target: SnmpTarget, secrets: SnmpSecrets, clock: Clock) -> Introduction | None:
    """Ask an agent for its engine id, boots and time; None without an authentic answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect((target.address, target.port))
            first = await _exchange(asking, _discovery(), None)
            if first is None or len(first.engine_id) not in ENGINE_ID_OCTETS:
                return None
            engine_id = first.engine_id
            keys = EngineKeys(
                secrets.authentication_key, secrets.privacy_key, engine_id, target.authentication
            )
            # Boots and time of 0 are outside its window: it answers with its own, and signs that.
            signed = _discovery(engine_id, secrets.user.encode(), keys)
            second = await _exchange(asking, signed, keys)
        except OSError as error:
            log.debug("%s cannot be asked for its engine id: %s", target.name, error)
            return None
    if second is None or second.engine_id != engine_id:
        return None
    return Introduction(engine_id, EngineTime(second.boots, second.time_s, clock.monotonic()))


def _discovery(
    engine_id: bytes = b"", user: bytes = b"", keys: EngineKeys | None = None
) -> Envelope:
    message_id = randomness.randbelow(GREATEST_MESSAGE_ID)
    return Envelope(message_id, engine_id, 0, 0, user, keys, flags=REPORTABLE)


async def _exchange(
    asking: socket.socket, envelope: Envelope, keys: EngineKeys | None
) -> UserMessage | None:
    """Send a request and wait for its answer; with ``keys`` only for a signed one."""
    empty = pdu_octets(PduKind.GET, envelope.message_id, ber.sequence())
    request = secured(envelope, scoped_octets(context_octets(envelope.engine_id), empty))
    loop = asyncio.get_running_loop()
    for _ in range(TRIES):
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await loop.sock_sendall(asking, request)
                while True:
                    data = await loop.sock_recv(asking, LARGEST_ANSWER)
                    answer = _answer(data, envelope.message_id, keys)
                    if answer is not None:
                        return answer
        except TimeoutError:
            continue
    return None


def _answer(data: bytes, message_id: int, keys: EngineKeys | None) -> UserMessage | None:
    """The answer to our request in a datagram; None for anything else that may come."""
    try:
        message = read_message(data)
    except ber.Malformed:
        return None
    if not isinstance(message, UserMessage) or message.message_id != message_id:
        return None
    if keys is not None and not (message.is_authenticated and is_authentic(keys, message, data)):
        return None
    return message
