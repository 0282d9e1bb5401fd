"""Commands on several devices at once, over SSH, from the monitoring host's network."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device_configs.site.model import Site
from device_configs.twin.credentials import CLIENT_KEY, KNOWN_HOSTS
from device_configs.twin.namespace import inside_network

UNREACHED = 255
"""The return code where no session came about, or it broke; ssh's own."""
CONNECT_S, TIMEOUT_S = 10.0, 40.0


@dataclass(frozen=True)
class ShellAnswer:
    """What a command on a device came to; ``text`` is its output, or why there is none."""

    returncode: int
    text: str


class DeviceShell(Protocol):
    """Runs command lines on devices."""

    def run(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        """Run one command line on each device at the same time; every device gets an answer."""
        ...


@dataclass(frozen=True)
class SshShell:
    """``network`` is a descriptor of the monitoring host's network namespace; None when the calling
    thread stands in it already."""

    site: Site
    state_directory: Path
    network: int | None

    def run(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        """See :meth:`DeviceShell.run`; a device that is not reached answers ``UNREACHED``."""
        if self.network is None:
            return asyncio.run(self._run_all(commands))
        with ThreadPoolExecutor(1) as secondary:
            return secondary.submit(self._run_inside, commands).result()

    def _run_inside(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        with nullcontext() if self.network is None else inside_network(self.network):
            return asyncio.run(self._run_all(commands))

    async def _run_all(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        answers = await asyncio.gather(*(self._run(*each) for each in commands.items()))
        return dict(zip(commands, answers, strict=True))

    async def _run(self, device: str, command: str) -> ShellAnswer:
        import asyncssh  # only who asks waits for it

        try:
            async with asyncio.timeout(TIMEOUT_S), asyncssh.connect(
                str(self.site.devices[device].management_address),
                username="root",
                client_keys=[str(self.state_directory / CLIENT_KEY)],
                known_hosts=str(self.state_directory / KNOWN_HOSTS),
                config=None,
                agent_path=None,
                connect_timeout=CONNECT_S,
            ) as connection:  # fmt: skip
                done = await connection.run(command, stderr=asyncssh.STDOUT)
        except (OSError, asyncssh.Error, TimeoutError) as error:
            return ShellAnswer(UNREACHED, str(error) or type(error).__name__)
        code = UNREACHED if done.returncode is None else done.returncode
        return ShellAnswer(code, str(done.stdout or ""))
