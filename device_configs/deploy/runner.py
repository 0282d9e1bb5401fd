"""Bring devices to the declaration, from inside the monitoring host's network namespace.

All devices are compared first, at once and in one round trip each; Ansible is started for those
alone that are not known to be as they should be.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from device_configs.deploy.ansible_events import device_result, reason_of, remark_of
from device_configs.deploy.comparing import unchanged_devices
from device_configs.deploy.exclusion import DeploymentLock, Holder, take_deployment_lock
from device_configs.deploy.playbook import PlaybookRun, run_playbook
from device_configs.deploy.rendered import handed_over, render_devices
from device_configs.deploy.results import (
    DeployProgress,
    DeployResult,
    DeviceReports,
    DeviceResult,
    DeviceState,
)
from device_configs.render.secrets import SecretsMissing
from device_configs.site.model import Site
from device_configs.twin.namespace import inside_network
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import Settings

SITE_PLAYBOOK = "playbooks/site.yml"


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
    asked = PlaybookRun(playbook, devices, check)
    report = DeviceReports(devices, on_progress)
    started = time.monotonic()
    ours = lock or take_deployment_lock(settings.state_directory, _holder())
    try:
        with ThreadPoolExecutor(1) as secondary:
            secondary.submit(_run_in_network, site, settings, network, asked, report).result()
    finally:
        if lock is None:
            ours.release()
    return DeployResult(
        devices={name: report.found[name] for name in devices},
        check=check,
        duration=timedelta(seconds=time.monotonic() - started),
        reason=report.reason,
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
    site: Site, settings: Settings, network: int | None, asked: PlaybookRun, report: DeviceReports
) -> None:
    with nullcontext() if network is None else inside_network(network):
        if asked.playbook != SITE_PLAYBOOK:
            _play(settings, asked, report)
            return
        try:
            rendered = render_devices(site, settings.state_directory, asked.devices)
        except SecretsMissing as missing:
            report.end(str(missing))
            return
        for name, why in rendered.refused.items():
            report(DeviceResult(name, DeviceState.FAILED, message=why))
        for name in unchanged_devices(site, settings.state_directory, rendered.trees):
            report(DeviceResult(name, DeviceState.OK))
        if left := report.missing():
            with handed_over(rendered.packed(left)) as environment:
                _play(settings, replace(asked, devices=left, environment=environment), report)


def _play(settings: Settings, asked: PlaybookRun, report: DeviceReports) -> None:
    """Have Ansible deal with the devices; whom it did not come to has the reason."""
    remarks: list[str] = []

    def on_event(event: Mapping[str, Any]) -> None:
        if (remark := remark_of(event)) is not None:
            remarks.append(remark)
        if (result := device_result(event)) is not None:
            report(result)

    run_playbook(settings, asked, on_event)
    if report.missing():
        report.end(reason_of(remarks))
