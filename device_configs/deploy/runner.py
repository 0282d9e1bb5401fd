"""Run a playbook by ansible-runner, inside the monitoring host's network namespace."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from device_configs.deploy.ansible_events import (
    device_result,
    never_reached,
    reason_of,
    remark_of,
)
from device_configs.deploy.exclusion import DeploymentLock, Holder, take_deployment_lock
from device_configs.deploy.results import DeployProgress, DeployResult, DeviceResult
from device_configs.site.model import Site
from device_configs.twin.namespace import inside_network
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

SITE_PLAYBOOK = "playbooks/site.yml"
_KEPT_RUNS = 20


def run(
    site: Site,
    settings: Settings,
    network: int | None,
    *,
    limit: Sequence[str] = (),
    check: bool = False,
    playbook: str = SITE_PLAYBOOK,
    on_progress: Callable[[DeployProgress], None] = lambda _: None,
    lock: DeploymentLock | None = None,
) -> DeployResult:
    """Bring devices to what the declaration says, or, ``check``, find out what would change.

    ``network`` is a descriptor of the monitoring host's network namespace; None when the calling
    thread stands in it already. ``limit`` names devices or roles; empty means all. Raises
    :class:`Invalid` for a name that is neither and :class:`Conflict` while another run goes on,
    unless the caller hands down the ``lock`` he holds, which this does not release.
    ``on_progress`` is called from another thread, once a device, those that were not reached
    included: their message is what Ansible said instead.
    """
    devices = select_devices(site, limit)
    started = time.monotonic()
    ours = lock or take_deployment_lock(settings.state_directory, _holder())
    try:
        with ThreadPoolExecutor(1) as secondary:
            found, reason = secondary.submit(
                _run_in_network, settings, network, playbook, devices, check, on_progress
            ).result()
    finally:
        if lock is None:
            ours.release()
    return DeployResult(
        devices={name: found[name] for name in devices},
        check=check,
        duration=timedelta(seconds=time.monotonic() - started),
        reason=reason,
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
    chosen = set(limit)
    return tuple(
        device.name for device in deployed if not chosen or chosen & {device.name, device.role.name}
    )


def _holder() -> Holder:
    return Holder(f"pid {os.getpid()}", datetime.now(UTC))


def _run_in_network(
    settings: Settings,
    network: int | None,
    playbook: str,
    devices: tuple[str, ...],
    check: bool,
    on_progress: Callable[[DeployProgress], None],
) -> tuple[Mapping[str, DeviceResult], str]:
    """Every device's result, and why the run ended before it came to all of them, if it did."""
    import ansible_runner  # only who deploys waits for it

    found: dict[str, DeviceResult] = {}
    remarks: list[str] = []

    def report(result: DeviceResult) -> None:
        if result.device not in found:
            found[result.device] = result
            on_progress(DeployProgress(result, len(found), len(devices)))

    def on_event(event: Mapping[str, Any]) -> bool:
        if (remark := remark_of(event)) is not None:
            remarks.append(remark)
        if (result := device_result(event)) is not None:
            report(result)
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
    reason = reason_of(remarks) if len(found) < len(devices) else ""
    for name in devices:
        report(never_reached(name, reason))
    return found, reason


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
