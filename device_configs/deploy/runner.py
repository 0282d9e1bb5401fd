"""Run a playbook by ansible-runner, inside the monitoring host's network namespace."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

from device_configs.deploy.results import DeployProgress, DeployResult, DeviceResult, DeviceState
from device_configs.site.model import Site
from device_configs.twin.namespace import inside_network
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

SITE_PLAYBOOK = "playbooks/site.yml"
TASK = "device_configuration"
_KEPT_RUNS = 20
_running = threading.Lock()

_STATES = {
    "runner_on_ok": DeviceState.OK,
    "runner_on_failed": DeviceState.FAILED,
    "runner_on_unreachable": DeviceState.UNREACHABLE,
}


def run(
    site: Site,
    settings: Settings,
    network: int | None,
    *,
    limit: Sequence[str] = (),
    check: bool = False,
    playbook: str = SITE_PLAYBOOK,
    on_progress: Callable[[DeployProgress], None] = lambda _: None,
) -> DeployResult:
    """Bring devices to what the declaration says, or, ``check``, find out what would change.

    ``network`` is a descriptor of the monitoring host's network namespace; None when the calling
    thread stands in it already. ``limit`` names devices or roles; empty means all. Raises
    :class:`Invalid` for a name that is neither and :class:`Conflict` while another run goes on.
    ``on_progress`` is called from another thread, once a device.
    """
    devices = select_devices(site, limit)
    started = time.monotonic()
    with _alone(), ThreadPoolExecutor(1) as aside:
        found = aside.submit(
            _run_in_network, settings, network, playbook, devices, check, on_progress
        ).result()
    return DeployResult(
        devices={name: found.get(name, _never_reached(name)) for name in devices},
        check=check,
        duration=timedelta(seconds=time.monotonic() - started),
    )


def select_devices(site: Site, limit: Sequence[str]) -> tuple[str, ...]:
    """Deployed devices that ``limit`` names, by device or role; in declaration order."""
    deployed = site.deployed
    known = {device.name for device in deployed} | {device.role.name for device in deployed}
    unknown = [name for name in limit if name not in known]
    if unknown:
        raise Invalid(
            "不能部署到未声明的设备",
            detail="、".join(unknown),
            remedy=message("可用的名称：{names}", names="、".join(sorted(known))),
        )
    wanted = set(limit)
    return tuple(
        device.name for device in deployed if not wanted or wanted & {device.name, device.role.name}
    )


@contextmanager
def _alone() -> Iterator[None]:
    if not _running.acquire(blocking=False):
        raise Conflict("另一次部署正在进行", remedy="等它结束后再试")
    try:
        yield
    finally:
        _running.release()


def _run_in_network(
    settings: Settings,
    network: int | None,
    playbook: str,
    devices: tuple[str, ...],
    check: bool,
    on_progress: Callable[[DeployProgress], None],
) -> Mapping[str, DeviceResult]:
    import ansible_runner  # only who deploys waits for it

    found: dict[str, DeviceResult] = {}

    def on_event(event: Mapping[str, Any]) -> bool:
        result = device_result(event)
        if result is not None and result.device not in found:
            found[result.device] = result
            on_progress(DeployProgress(result, len(found), len(devices)))
        return False

    with nullcontext() if network is None else inside_network(network):
        ansible_runner.run(
            private_data_dir=str(_private_directory(settings)),
            project_dir=str(PROJECT_DIRECTORY),
            playbook=playbook,
            inventory=str(settings.inventory / "hosts.yml"),
            limit=",".join(devices),
            cmdline="--diff --check" if check else "--diff",
            envvars=_environment(settings),
            event_handler=on_event,
            suppress_env_files=True,
            rotate_artifacts=_KEPT_RUNS,
            quiet=True,
        )
    return found


def _private_directory(settings: Settings) -> Path:
    directory = settings.state_directory / "deploy"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _environment(settings: Settings) -> dict[str, str]:
    programs = Path(sys.executable).parent
    return {
        "ANSIBLE_CONFIG": str(PROJECT_DIRECTORY / "ansible.cfg"),
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
        "ZHISHOU_STATE_DIRECTORY": str(settings.state_directory.absolute()),
        "ZHISHOU_INVENTORY": str(settings.inventory.absolute()),
    }


def device_result(event: Mapping[str, Any]) -> DeviceResult | None:
    """What an event of ansible-runner says of a device; None when it says nothing final."""
    state = _STATES.get(str(event.get("event")))
    data = event.get("event_data", {})
    if state is None or (state is DeviceState.OK and data.get("task_action") != TASK):
        return None
    said = data.get("res", {})
    if state is DeviceState.OK and said.get("changed"):
        state = DeviceState.CHANGED
    return DeviceResult(
        device=str(data["host"]),
        state=state,
        files=tuple(said.get("files", ())),
        services=tuple(said.get("services", ())),
        diff="".join(part.get("prepared", "") for part in said.get("diff", ())),
        message=str(said.get("msg", ""))
        if state not in (DeviceState.OK, DeviceState.CHANGED)
        else "",
    )


def _never_reached(device: str) -> DeviceResult:
    return DeviceResult(
        device, DeviceState.FAILED, message="the run ended before it came to this device"
    )
