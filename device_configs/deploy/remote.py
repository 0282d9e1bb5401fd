"""Ask many devices at once over SSH: one connection, one command and one answer a device."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from device_configs.deploy.device_login import DeviceLogin, from_network
from device_configs.deploy.sections import AnswerBroken, ShellSection, read_sections, script_of
from device_configs.site.model import Device, Seat, Site
from device_configs.twin.client import TwinClient
from ops_core.kernel.settings import Settings

AT_ONCE = 16
"""Devices asked at a time: a handshake is computation, and other work shares the processor."""
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What a device answered; ``problem`` says why there is nothing, and is empty otherwise."""

    device: str
    sections: Mapping[str, ShellSection] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RemoteShells:
    """How devices are reached. ``network`` is a descriptor of the monitoring host's network
    namespace; None when the calling thread stands in it already."""

    settings: Settings
    network: int | None
    timeout_s: float = TIMEOUT_S
    port: int = 22

    def ask(
        self,
        devices: Iterable[Device],
        commands: Callable[[Device], Mapping[str, str]],
        on_answer: Callable[[DeviceAnswer], None] = lambda _: None,
    ) -> dict[str, DeviceAnswer]:
        """Run each device's commands (section name -> shell) on it; every device is in the result.

        One that fails, is late or answers too much ends no other. ``on_answer`` is called once a
        device, from another thread.
        """
        asked = [
            _AskedHost(device.name, device.management_address, script_of(commands(device)))
            for device in devices
        ]
        return self._answers(asked, on_answer)

    def ask_terminals(
        self,
        seats: Iterable[Seat],
        commands: Mapping[str, str],
        on_answer: Callable[[DeviceAnswer], None] = lambda _: None,
    ) -> dict[str, DeviceAnswer]:
        """The same of the terminals of seats, by the name of the seat."""
        script = script_of(commands)
        return self._answers([_AskedHost(s.name, s.address, script) for s in seats], on_answer)

    def _answers(
        self, asked: Sequence["_AskedHost"], on_answer: Callable[[DeviceAnswer], None]
    ) -> dict[str, DeviceAnswer]:
        if not asked:
            return {}
        return from_network(self.network, lambda: self._ask_all(asked, on_answer))

    async def _ask_all(
        self, asked: Sequence["_AskedHost"], on_answer: Callable[[DeviceAnswer], None]
    ) -> dict[str, DeviceAnswer]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(host: _AskedHost) -> DeviceAnswer:
            async with slots:
                answer = await self._ask_one(host)
            on_answer(answer)
            return answer

        answers = await asyncio.gather(*(one(host) for host in asked))
        return {answer.device: answer for answer in answers}

    async def _ask_one(self, host: "_AskedHost") -> DeviceAnswer:
        import asyncssh  # only who asks waits for it

        if host.address is None:
            return DeviceAnswer(host.name, problem="it has no management address")
        try:
            async with asyncio.timeout(self.timeout_s):
                login = DeviceLogin(self.settings.state_directory, self.port)
                done = await login.run(str(host.address), "sh -s", script=host.script.encode())
            return DeviceAnswer(host.name, read_sections(done.output))
        except TimeoutError:
            return DeviceAnswer(host.name, problem=f"no answer within {self.timeout_s:g} s")
        except AnswerBroken as broken:
            return DeviceAnswer(host.name, problem=str(broken))
        except (OSError, ValueError, asyncssh.Error) as error:
            text = str(error) or type(error).__name__
            return DeviceAnswer(host.name, problem=text.splitlines()[0])


@dataclass(frozen=True, slots=True)
class _AskedHost:
    name: str
    address: IPv4Address | None
    script: str


@contextmanager
def shells_to(settings: Settings, site: Site) -> Iterator[RemoteShells]:
    """The devices of a site, reached from the monitoring host's network namespace.

    Raises :class:`device_configs.twin.refusals.TwinNotRunning` where it is not there.
    """
    network = TwinClient.of(settings.state_directory).network_namespace(site.monitoring_host.name)
    try:
        yield RemoteShells(settings, network)
    finally:
        os.close(network)
