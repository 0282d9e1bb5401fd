"""What vendor boxes run, read by their NAPALM drivers: for the rules, and against the declaration.

The patch maker says how far a box is from its declaration, as in the plan of a change; what a plan
leaves alone (lines by which the box is managed) is drift all the same.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from device_configs.changes.eos_passwords import with_hashed_passwords
from device_configs.compliance.drift import (
    ConfigurationDifference,
    DeviceComparison,
    DifferenceKind,
)
from device_configs.deploy.work import DeploymentWork
from device_configs.drivers.bounded import each_device
from device_configs.drivers.eos.texts import without_secrets
from device_configs.drivers.refusals import DriverRefusal
from device_configs.patches.patch import make_patch
from device_configs.render.families import render_vendor
from device_configs.render.secrets import SecretsMissing
from ops_core.kernel.errors import DomainError

if TYPE_CHECKING:  # netmiko and paramiko take half a second, and a site may have no box
    from device_configs.changes.box_sessions import BoxDriver
    from device_configs.changes.vendor import VendorFleet

RUNNING, LEFT = "running-configuration", "a change leaves it as it is"
EOS = "arista_eos"
ANOTHER = "another value than was set from here"
_COMMITS = "display configuration commit list verbose"
_COMMIT_USER = re.compile(
    r"CommitId: \d+\s+Label: .*\s+User: (?P<who>\S+)(?:.*\n)+?\s+TimeStamp: (?P<at>.+)"
)


def is_box(work: DeploymentWork, device: str) -> bool:
    """Whether a device is a vendor's box that a driver of ours speaks to."""
    return work.site.devices[device].platform in ("huawei_vrp", "h3c_comware", EOS)


def compare_boxes(
    work: DeploymentWork,
    network: int | None,
    devices: Sequence[str],
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> tuple[dict[str, DeviceComparison], dict[str, str]]:
    """Each box against its declaration, and who changed those that differ, as far as they say.

    A box that cannot be asked is unknown and leaves the others.
    """
    found: dict[str, DeviceComparison] = {}
    authors: dict[str, str] = {}
    if not devices:
        return found, authors
    try:
        with _fleet(work, network) as fleet:
            for outcome in each_device(devices, lambda name: _compared(fleet, name)):
                if outcome.result is None:
                    problem = fleet.secrets.mask(_words(outcome.error))
                    found[outcome.item] = DeviceComparison(outcome.item, problem=problem)
                else:
                    found[outcome.item], authors[outcome.item] = outcome.result
    except (DomainError, SecretsMissing, OSError) as error:
        found = {name: DeviceComparison(name, problem=str(error)) for name in devices}
    for name in devices:
        on_result(name, found[name].problem)
    return found, authors


def read_boxes(
    work: DeploymentWork,
    network: int | None,
    devices: Sequence[str],
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> tuple[dict[str, str], dict[str, str]]:
    """The running configuration of each box, and why that of the others is not known."""
    texts: dict[str, str] = {}
    problems: dict[str, str] = {}
    if not devices:
        return texts, problems
    try:
        with _fleet(work, network) as fleet:
            for outcome in each_device(devices, lambda name: _running(fleet, name)):
                if outcome.result is None:
                    problems[outcome.item] = _words(outcome.error)
                else:
                    texts[outcome.item] = outcome.result
    except (DomainError, SecretsMissing, OSError) as error:
        problems = dict.fromkeys(devices, str(error))
        texts = {}
    for name in devices:
        on_result(name, problems.get(name, ""))
    return texts, problems


def last_committer(listed: str) -> str:
    """Who made the newest commit of ``display configuration commit list verbose``; VRP 8."""
    found = _COMMIT_USER.search(listed)
    return "" if found is None else f"{found['who']} {found['at'].strip()}"


@contextmanager
def _fleet(work: DeploymentWork, network: int | None) -> Iterator["VendorFleet"]:
    from device_configs.changes.vendor import vendor_fleet

    fleet = vendor_fleet(work.site, work.settings, network)
    try:
        yield fleet
    finally:
        fleet.close()


def _running(fleet: "VendorFleet", name: str) -> str:
    with fleet.sessions.session(name) as driver:
        return str(driver.get_config("running")["running"])


def _compared(fleet: "VendorFleet", name: str) -> tuple[DeviceComparison, str]:
    """One box, and who committed last where it differs."""
    device = fleet.site.devices[name]
    rendered = render_vendor(fleet.site, fleet.secrets, name, device.platform)
    reach = None if device.management_address is None else str(device.management_address)
    with fleet.sessions.session(name) as driver:
        running = str(driver.get_config("running")["running"])
        if device.platform == EOS:
            rendered = with_hashed_passwords(rendered, running, fleet.marks.salt_of(name))
            return DeviceComparison(name, _session_difference(fleet, driver, rendered)), ""
        patch = make_patch(
            device.platform, running, rendered, reach=reach, marks=fleet.marks.of(name)
        )
        left = [f"! {LEFT} ({one.reason}): {' / '.join((*one.views, one.text))}\n"
                for one in patch.left]  # fmt: skip
        left += [f"! {ANOTHER}: {line}\n" for line in patch.secrets]
        text = patch.text + "".join(left)
        if not text:
            return DeviceComparison(name), ""
        difference = ConfigurationDifference(
            RUNNING, DifferenceKind.RUNNING, fleet.secrets.mask(text)
        )
        listed = ""
        with suppress(DriverRefusal, NotImplementedError, ValueError):
            listed = str(driver.cli([_COMMITS])[_COMMITS])  # only VRP 8 keeps such a list
        return DeviceComparison(name, (difference,)), last_committer(listed)


def _session_difference(
    fleet: "VendorFleet", driver: "BoxDriver", rendered: str
) -> tuple[ConfigurationDifference, ...]:
    """How an EOS box differs, by what its own session shows."""
    driver.load_replace_candidate(config=rendered)
    found = fleet.secrets.mask(without_secrets(driver.compare_config()))
    driver.discard_config()
    return (ConfigurationDifference(RUNNING, DifferenceKind.RUNNING, found),) if found else ()


def _words(error: Exception | None) -> str:
    return (str(error).splitlines() or [""])[0] or type(error).__name__
