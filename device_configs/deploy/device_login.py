"""How a device is signed in to over SSH, for everybody who runs commands on Linux devices.

The account, the key and the host keys are those the playbooks use (playbooks/group_vars/all.yml).
asyncssh rather than a program a device: the network namespace is a property of the thread, bounds
of time and size are kept in one place, and nothing is forked.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from device_configs.twin.credentials import CLIENT_KEY, KNOWN_HOSTS
from device_configs.twin.namespace import inside_network

if TYPE_CHECKING:
    from asyncssh import SSHClientProcess

USER = "root"
"""The account of deployment and verification (accounts.yml)."""
CONNECT_S = 10.0
LONGEST_ANSWER = 32 * 1024 * 1024
_PIECE = 65536
Found = TypeVar("Found")


class AnswerTooLong(ValueError):
    """A device says more than anybody asked for."""


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """``status`` as a shell has it, negative for a signal, None where the session broke."""

    status: int | None
    output: bytes


@dataclass(frozen=True, slots=True)
class DeviceLogin:
    """The keys of an installation."""

    state_directory: Path
    port: int = 22

    async def run(
        self,
        address: str,
        command: str,
        *,
        script: bytes = b"",
        with_errors: bool = False,
        answer_s: float | None = None,
    ) -> CommandOutcome:
        """Run a command, which reads ``script``; its standard error is part of the output
        ``with_errors`` and left unread without.

        Raises OSError or asyncssh.Error where no session comes about or it breaks, TimeoutError
        where the answer takes longer than ``answer_s``, and :class:`AnswerTooLong`. A command that
        goes on meanwhile keeps nobody waiting.
        """
        import asyncssh  # only who asks waits for it

        async with (
            asyncssh.connect(
                address, self.port, username=USER, config=None, agent_path=None,
                preferred_auth="publickey", client_keys=[self._existing(CLIENT_KEY)],
                known_hosts=self._existing(KNOWN_HOSTS), connect_timeout=CONNECT_S,
                login_timeout=CONNECT_S,
            ) as connection,
            connection.create_process(
                command, encoding=None,
                stderr=asyncssh.STDOUT if with_errors else asyncssh.DEVNULL,
            ) as process,
        ):  # fmt: skip
            try:
                async with asyncio.timeout(answer_s):
                    return await _outcome(process, script)
            except BaseException:
                # Leaving in good order waits for the command's own end, however long that takes.
                connection.abort()
                raise

    def _existing(self, name: str) -> str:
        path = self.state_directory / name
        if not path.is_file():
            raise FileNotFoundError(
                f"{path.name} is not in the state directory: start the twin first"
            )
        return str(path)


async def _outcome(process: "SSHClientProcess[bytes]", script: bytes) -> CommandOutcome:
    if script:
        process.stdin.write(script)
    process.stdin.write_eof()
    found = bytearray()
    while piece := await process.stdout.read(_PIECE):
        found += piece
        if len(found) > LONGEST_ANSWER:
            raise AnswerTooLong(f"the answer exceeds {LONGEST_ANSWER} bytes")
    await process.wait_closed()
    return CommandOutcome(process.returncode, bytes(found))


def from_network(network: int | None, work: Callable[[], Coroutine[Any, Any, Found]]) -> Found:
    """Do work in a network namespace (a descriptor; None: where the calling thread stands), in a
    thread of its own, since the namespace is a thread's."""

    def enter() -> Found:
        with nullcontext() if network is None else inside_network(network):
            return asyncio.run(work())

    with ThreadPoolExecutor(1) as secondary:
        return secondary.submit(enter).result()
