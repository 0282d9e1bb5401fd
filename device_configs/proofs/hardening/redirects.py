"""The kernel of a Linux device neither obeys nor sends redirects, of IPv4 and of IPv6."""

from collections.abc import Iterator, Mapping, Sequence

from device_configs.proofs.readers.linux_hardening import KernelSetting
from device_configs.proofs.verdict import Finding, claim
from device_configs.site.model import Device

MEASURE = "redirects"
Asked = Mapping[tuple[str, str], str]
"""What each setting has to be, by family and name."""
_IPV4: Asked = {("ipv4", "accept_redirects"): "0", ("ipv4", "send_redirects"): "0"}
_CARRIED: Asked = {**_IPV4, ("ipv6", "accept_redirects"): "0"}
"""Linux has no setting against sending those of IPv6: see :func:`unstoppable_redirects`."""
_OFF: Asked = {**_IPV4, ("ipv6", "disable_ipv6"): "1"}
_SCOPES = ("all", "default")
_WHY = "Whoever is on a segment could lead its packets elsewhere; routes come from routing alone"
_REMEDY = "render the device again, and take away the file that says otherwise"


def redirect_findings(
    device: Device, settings: Sequence[KernelSetting], *, carries_ipv6: bool
) -> Iterator[Finding]:
    """All are off for all interfaces and for new ones, and no interface turns one on again. A
    device that carries no IPv6 obeys none of its redirects because IPv6 is off there."""
    asked = _asked(carries_ipv6=carries_ipv6)
    stated = {(found.family, found.scope, found.name) for found in settings}
    for family, name in asked:
        for scope in _SCOPES:
            if (family, scope, name) not in stated:
                what = claim("net.{family}.conf.{scope}.{name} is not set",
                             family=family, scope=scope, name=name)  # fmt: skip
                yield Finding((device.name, MEASURE), what, _WHY, _REMEDY)
    for found in settings:
        if found.value != asked.get((found.family, found.name), found.value):
            yield Finding((device.name, MEASURE), _turned_on(found), _WHY, _REMEDY)


def asked_settings(*, carries_ipv6: bool) -> int:
    """How many settings a device is asked for."""
    return len(_asked(carries_ipv6=carries_ipv6)) * len(_SCOPES)


def unstoppable_redirects(devices: Sequence[str]) -> Iterator[Finding]:
    """What Linux has no words for, of the devices that carry IPv6."""
    if devices:
        yield Finding(
            (*devices,),
            "redirects of IPv6 are sent: the kernel has no setting against it",
            "a host is redirected to a nearer neighbour if a packet leaves by the port it entered",
            "have hosts of the segment ignore redirects",
        )


def _asked(*, carries_ipv6: bool) -> Asked:
    return _CARRIED if carries_ipv6 else _OFF


def _turned_on(found: KernelSetting) -> str:
    return claim(
        "net.{family}.conf.{scope}.{name} is {value} by {file}",
        family=found.family,
        scope=found.scope,
        name=found.name,
        value=found.value,
        file=found.file,
    )
