"""Reading one agent by gufo-snmp, around what its version 0.13 does not handle itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from time import monotonic
from typing import TypeVar

from gufo.snmp import (
    Aes128Key,
    NoSuchInstance,
    Sha1Key,
    SnmpAuthError,
    SnmpDecodeError,
    SnmpError,
    User,
)
from gufo.snmp.aio import SnmpSession

from monitors.collect.plan import SnmpSecrets, SnmpTarget

Value = int | float | str | bytes | None
T = TypeVar("T")

REQUEST_TIMEOUT_S = 1.0
REPETITIONS = 20
OIDS_PER_GET = 48
"""A reply of about 1.3 kB: one frame, far below the library's buffer."""
FEWEST_OIDS_PER_GET = 4
ROW_LIMIT = 5_000
REFRESH_AFTER_IDLE_S = 100.0
"""Engine time stands still in the library, and agents refuse what is 150 s off (RFC 3414)."""


class NoAnswer(Exception):
    """The agent gave no readable answer, or its address cannot be reached."""


class AccessRefused(Exception):
    """The agent answers, and refuses the user or the keys."""


class SnmpReader:
    """One agent's session; calls must not overlap.

    After a failure the next request opens a new session: a late reply never meets a new request,
    and an agent that came back with another engine id is discovered again. ``loops`` counts
    walks stopped because the agent's OIDs did not increase.
    """

    def __init__(self, target: SnmpTarget, secrets: SnmpSecrets) -> None:
        self._target = target
        self._secrets = secrets
        self._session: SnmpSession | None = None
        self._used_at = 0.0
        self._repetitions: dict[str, int] = {}
        self._oids_per_get = OIDS_PER_GET
        self.loops = 0

    async def get(self, oids: Sequence[str], *, tries: int = 2) -> Mapping[str, Value]:
        """Values of single objects; those that the agent lacks are absent.

        The number asked for at once is halved, and that remembered, when a reply is too large or
        gets lost.
        """
        found: dict[str, Value] = {}
        start = 0
        while start < len(oids):
            chunk = list(oids[start : start + self._oids_per_get])
            try:
                found |= await self._request(_get_of(chunk), tries)
            except (SnmpError, NoAnswer) as error:
                self._oids_per_get = max(1, min(self._oids_per_get, len(chunk)) // 2)
                if isinstance(error, NoAnswer) or len(chunk) == 1:
                    self._oids_per_get = max(self._oids_per_get, FEWEST_OIDS_PER_GET)
                    raise NoAnswer(f"no readable reply: {error}") from error
            else:
                start += len(chunk)
        return found

    async def walk(self, oid: str) -> Mapping[str, Value]:
        """A column's values by row index.

        Repetitions are halved, and that remembered, when a reply is too large to be read (the
        library's buffer ends at about 3.9 kB) or gets lost.
        """
        repetitions = self._repetitions.get(oid, REPETITIONS)
        while True:
            try:
                return await self._request(self._walk_of(oid, repetitions), 2)
            except (SnmpDecodeError, NoAnswer) as error:
                if isinstance(error, NoAnswer) or repetitions == 1:
                    self._repetitions[oid] = max(1, repetitions // 2)
                    raise NoAnswer(f"walk of {oid}: {error}") from error
                repetitions //= 2
                self._repetitions[oid] = repetitions
            except SnmpError as error:
                raise NoAnswer(f"walk of {oid}: {error}") from error

    def close(self) -> None:
        """Give the socket back."""
        self._session = None

    async def _request(self, request: Callable[[SnmpSession], Awaitable[T]], tries: int) -> T:
        refused: SnmpAuthError | None = None
        for _ in range(tries):
            try:
                try:
                    result = await request(await self._opened())
                finally:
                    _raise_swallowed_cancellation()
            except SnmpAuthError as error:
                # A stale engine time and a wrong key look the same: only the second try tells.
                refused = error
            except TimeoutError:
                refused = None
            except OSError as error:
                self.close()
                raise NoAnswer(str(error)) from error
            else:
                self._used_at = monotonic()
                return result
            self.close()
        if refused is not None:
            raise AccessRefused(str(refused))
        raise NoAnswer(f"no answer to {tries} requests")

    async def _opened(self) -> SnmpSession:
        session = self._session
        if session is None:
            session = self._new_session()
            await session.refresh()
            self._session = session
        elif monotonic() - self._used_at > REFRESH_AFTER_IDLE_S:
            await session.refresh()
        return session

    def _new_session(self) -> SnmpSession:
        target, secrets = self._target, self._secrets
        if target.version == "v2c":
            return SnmpSession(
                target.address,
                target.port,
                community=secrets.community,
                timeout=REQUEST_TIMEOUT_S,
            )
        user = User(
            secrets.user,
            auth_key=Sha1Key(secrets.authentication_key.encode()),
            priv_key=Aes128Key(secrets.privacy_key.encode()),
        )
        return SnmpSession(target.address, target.port, user=user, timeout=REQUEST_TIMEOUT_S)

    def _walk_of(
        self, oid: str, repetitions: int
    ) -> Callable[[SnmpSession], Awaitable[dict[str, Value]]]:
        async def walk(session: SnmpSession) -> dict[str, Value]:
            source = session.getbulk(oid, repetitions) if repetitions > 1 else session.getnext(oid)
            rows, is_loop = await _increasing_rows(source, f"{oid}.")
            self.loops += is_loop
            return rows

        return walk


def _raise_swallowed_cancellation() -> None:
    """Cancel again if we were cancelled while a reply came, readable or not.

    The library waits by ``asyncio.wait_for``, which until Python 3.12 drops a cancellation that
    meets its result: the poller would then go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _get_of(oids: list[str]) -> Callable[[SnmpSession], Awaitable[dict[str, Value]]]:
    async def get(session: SnmpSession) -> dict[str, Value]:
        try:
            return await session.get_many(oids)
        except NoSuchInstance:
            return {}

    return get


async def _increasing_rows(
    source: AsyncIterator[tuple[str, Value]], prefix: str
) -> tuple[dict[str, Value], bool]:
    """Rows by index up to the first OID that does not increase, and whether there was one."""
    rows: dict[str, Value] = {}
    newest: tuple[int, ...] = ()
    try:
        async for name, value in source:
            index = name.removeprefix(prefix)
            position = tuple(map(int, index.split(".")))
            if position <= newest or len(rows) >= ROW_LIMIT:
                return rows, True
            newest = position
            rows[index] = value
    except NoSuchInstance:
        pass
    return rows, False
