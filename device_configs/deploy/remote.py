"""Ask many devices at once over SSH: one connection, one command and one answer a device.

asyncssh in one thread rather than a program a device: the network namespace is a property of the
thread, bounds of time, size and number are kept in one place, and nothing is forked. The key and
the host keys are those the playbooks use (``playbooks/group_vars/all.yml``).
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from device_configs.deploy.sections import AnswerBroken, ShellSection, read_sections, script_of
from device_configs.site.model import Device, Site
from device_configs.twin.client import TwinClient
from device_configs.twin.namespace import inside_network
from ops_core.kernel.settings import Settings

LOGIN = "root"
"""The account of deployment and verification (accounts.yml, playbooks/group_vars/all.yml)."""
CLIENT_KEY, KNOWN_HOSTS = "ssh/id_ed25519", "ssh/known_hosts"
AT_ONCE = 16
"""Devices asked at a time: a handshake is computation, and other work shares the processor."""
TIMEOUT_S = 30.0
LARGEST_ANSWER = 32 * 1024 * 1024


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
        asked = {device.name: (device, script_of(commands(device))) for device in devices}
        if not asked:
            return {}
        with ThreadPoolExecutor(1) as secondary:
            return secondary.submit(self._ask_from_here, asked, on_answer).result()

    def _ask_from_here(
        self,
        asked: Mapping[str, tuple[Device, str]],
        on_answer: Callable[[DeviceAnswer], None],
    ) -> dict[str, DeviceAnswer]:
        with nullcontext() if self.network is None else inside_network(self.network):
            return asyncio.run(self._ask_all(asked, on_answer))

    async def _ask_all(
        self,
        asked: Mapping[str, tuple[Device, str]],
        on_answer: Callable[[DeviceAnswer], None],
    ) -> dict[str, DeviceAnswer]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(device: Device, script: str) -> DeviceAnswer:
            async with slots:
                answer = await self._ask_one(device, script)
            on_answer(answer)
            return answer

        answers = await asyncio.gather(*(one(*item) for item in asked.values()))
        return {answer.device: answer for answer in answers}

    async def _ask_one(self, device: Device, script: str) -> DeviceAnswer:
        import asyncssh  # only who asks waits for it

        if device.management_address is None:
            return DeviceAnswer(device.name, problem="it has no management address")
        try:
            async with asyncio.timeout(self.timeout_s):
                output = await self._run(str(device.management_address), script)
            return DeviceAnswer(device.name, read_sections(output))
        except TimeoutError:
            return DeviceAnswer(device.name, problem=f"no answer within {self.timeout_s:g} s")
        except AnswerBroken as broken:
            return DeviceAnswer(device.name, problem=str(broken))
        except (OSError, ValueError, asyncssh.Error) as error:
            text = str(error) or type(error).__name__
            return DeviceAnswer(device.name, problem=text.splitlines()[0])

    async def _run(self, address: str, script: str) -> bytes:
        """The script's standard output. Raises AnswerBroken when it is too long."""
        import asyncssh

        state = self.settings.state_directory
        async with (
            asyncssh.connect(
                address,
                self.port,
                username=LOGIN,
                client_keys=[_existing(state / CLIENT_KEY)],
                known_hosts=_existing(state / KNOWN_HOSTS),
                agent_path=None,
                config=None,
                preferred_auth="publickey",
            ) as connection,
            connection.create_process("sh -s", encoding=None) as process,
        ):
            process.stdin.write(script.encode())
            process.stdin.write_eof()
            found = bytearray()
            while piece := await process.stdout.read(65536):
                found += piece
                if len(found) > LARGEST_ANSWER:
                    raise AnswerBroken(f"the answer exceeds {LARGEST_ANSWER} bytes")
            return bytes(found)


def _existing(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is not in the state directory: start the twin first")
    return str(path)


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
