"""One command on many devices at once, over SSH, from the network the calling thread stands in.

A connection costs a hundredth of a second of this process and no process beside it, so that all
devices can be asked together.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from device_configs.deploy.device_login import DeviceLogin
from device_configs.site.model import Site

ANSWER_S = 20.0
_AT_ONCE = 32


@dataclass(frozen=True)
class CommandAnswer:
    """What a device answered to a command. ``problem`` says why it did not; empty if it did."""

    output: str = ""
    problem: str = ""


def ask_devices(
    site: Site, state_directory: Path, commands: Mapping[str, str]
) -> dict[str, CommandAnswer]:
    """Run a command on each device named; the order of ``commands``.

    A device that cannot be reached, is not who it was, does not answer in time or ends the command
    with another status than 0 has a ``problem``; the others are asked all the same.
    """
    return asyncio.run(_ask_all(site, DeviceLogin(state_directory), commands))


async def _ask_all(
    site: Site, login: DeviceLogin, commands: Mapping[str, str]
) -> dict[str, CommandAnswer]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask(name: str, command: str) -> CommandAnswer:
        async with places:
            return await _ask(login, str(site.devices[name].management_address), command)

    answers = await asyncio.gather(
        *(ask(name, command) for name, command in commands.items()), return_exceptions=True
    )
    return {
        name: found if isinstance(found, CommandAnswer) else CommandAnswer(problem=_reason(found))
        for name, found in zip(commands, answers, strict=True)
    }


async def _ask(login: DeviceLogin, address: str, command: str) -> CommandAnswer:
    try:
        done = await login.run(address, command, answer_s=ANSWER_S)
    except TimeoutError:
        return CommandAnswer(problem=f"no answer within {ANSWER_S:g} s")
    if done.status != 0:
        return CommandAnswer(problem=f"ended with status {done.status}")
    return CommandAnswer(output=done.output.decode(errors="replace"))


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
