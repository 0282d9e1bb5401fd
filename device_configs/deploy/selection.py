"""Which devices somebody means (pure)."""

from collections.abc import Sequence

from device_configs.site.model import Site
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def select_devices(site: Site, limit: Sequence[str]) -> tuple[str, ...]:
    """Deployed devices that ``limit`` names, by device or role, all when it is empty; in
    declaration order.

    Raises :class:`Invalid` for a name that is neither.
    """
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
