"""Commands on several devices at once, over SSH, from the monitoring host's network."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device_configs.deploy.device_login import DeviceLogin, from_network
from device_configs.site.model import Site

UNREACHED = 255
"""The return code where no session came about, or it broke; ssh's own."""
TIMEOUT_S = 40.0


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
        return from_network(self.network, lambda: self._run_all(commands))

    async def _run_all(self, commands: Mapping[str, str]) -> Mapping[str, ShellAnswer]:
        answers = await asyncio.gather(*(self._run(*each) for each in commands.items()))
        return dict(zip(commands, answers, strict=True))

    async def _run(self, device: str, command: str) -> ShellAnswer:
        import asyncssh  # only who asks waits for it

        address = str(self.site.devices[device].management_address)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                login = DeviceLogin(self.state_directory)
                done = await login.run(address, command, with_errors=True)
        except (OSError, ValueError, asyncssh.Error, TimeoutError) as error:
            return ShellAnswer(UNREACHED, str(error) or type(error).__name__)
        code = UNREACHED if done.status is None else done.status
        return ShellAnswer(code, done.output.decode(errors="replace"))
