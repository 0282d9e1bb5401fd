"""The kernel of a Linux device neither obeys nor sends redirects."""

from collections.abc import Iterator, Sequence

from device_configs.proofs.readers.linux_hardening import KernelSetting
from device_configs.proofs.verdict import Finding, claim
from device_configs.site.model import Device

MEASURE = "redirects"
SETTINGS = ("accept_redirects", "send_redirects")
_SCOPES = ("all", "default")
_WHY = "Whoever is on a segment could lead its packets elsewhere; routes come from routing alone"
_REMEDY = "render the device again, and take away the file that says otherwise"


def redirect_findings(device: Device, settings: Sequence[KernelSetting]) -> Iterator[Finding]:
    """Both are off for all interfaces and for new ones, and no interface turns one on again."""
    stated = {(found.scope, found.name): found for found in settings}
    for name in SETTINGS:
        for scope in _SCOPES:
            if (scope, name) not in stated:
                what = claim("net.ipv4.conf.{scope}.{name} is not set", scope=scope, name=name)
                yield Finding((device.name, MEASURE), what, _WHY, _REMEDY)
    for found in settings:
        if found.name in SETTINGS and found.value != "0":
            yield Finding((device.name, MEASURE), _turned_on(found), _WHY, _REMEDY)


def _turned_on(found: KernelSetting) -> str:
    return claim(
        "net.ipv4.conf.{scope}.{name} is {value} by {file}",
        scope=found.scope,
        name=found.name,
        value=found.value,
        file=found.file,
    )
