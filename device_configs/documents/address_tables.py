"""The address plan as tables of the workbook."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor

from device_configs.documents.address_plan import (
    LOOPBACK,
    AddressPlan,
    PlannedAddress,
    PlannedNetwork,
)
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.site.model import Site


def network_table(site: Site, plan: AddressPlan, speech: Speech) -> Sheet:
    """Networks by prefix: zone, VLAN, gateway, virtual addresses, room."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(pgettext("document", "网段")), Heading(_("前缀")), Heading(_("安全域")),
        Heading("VLAN", numeric=True), Heading(_("网关")), Heading(_("虚拟地址"), wide=True),
        Heading(_("二层设备")), Heading(_("可用地址"), numeric=True),
        Heading(_("已用"), numeric=True), Heading(_("空闲"), numeric=True),
        Heading(_("空闲率"), numeric=True), Heading(_("下一空闲地址")),
    )  # fmt: skip
    rows = tuple(_network_row(site, planned, speech) for planned in plan.networks)
    return Sheet("networks", _("网段一览"), columns, rows)


def _network_row(site: Site, planned: PlannedNetwork, speech: Speech) -> Row:
    network = planned.network
    zone = site.zones[network.zone]
    virtual = "\n".join(
        f"{v.name} {v.address} VRID {v.router_id} ({' > '.join(v.members)})"
        for v in network.virtual_addresses
    )
    return (
        network.name,
        str(network.prefix),
        f"{speech.title(zone.title)} ({zone.name})",
        "" if network.vlan is None else network.vlan,
        str(network.gateway or ""),
        virtual,
        speech.comma.join(network.bridges),
        planned.size,
        planned.used,
        planned.free,
        _percent(planned.free_share),
        str(planned.next_free or ""),
    )


def _percent(share: Fraction) -> str:
    """One digit, cut off: a network that is not empty never reads as if it were."""
    whole, tenth = divmod(floor(share * 1000), 10)
    return f"{whole}.{tenth}%"


def address_table(site: Site, plan: AddressPlan, speech: Speech) -> Sheet:
    """Addresses in order: network, holders and interfaces, what answers there."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(pgettext("document", "地址")), Heading(pgettext("document", "网段")),
        Heading(_("持有者")), Heading(_("名称")), Heading(_("接口")), Heading(_("用途"), wide=True),
    )  # fmt: skip
    rows = tuple(_address_row(site, planned, speech) for planned in plan.addresses)
    return Sheet("addresses", _("地址一览"), columns, rows)


def _address_row(site: Site, planned: PlannedAddress, speech: Speech) -> Row:
    held = [holding for holding in planned.holdings if holding.holder]
    holders = tuple(dict.fromkeys(holding.holder for holding in held))
    interfaces = dict.fromkeys(holding.interface for holding in held if holding.interface)
    return (
        str(planned.address),
        planned.network or "",
        speech.comma.join(holders),
        speech.comma.join(_titles(site, holders, speech)),
        speech.comma.join(interfaces),
        "\n".join(dict.fromkeys(_uses(site, planned, speech))),
    )


def _titles(site: Site, holders: tuple[str, ...], speech: Speech) -> Iterator[str]:
    for name in holders:
        if name in site.devices:
            yield speech.title(site.devices[name].title)
        else:
            yield speech.gettext("%(seat)d号席") % {"seat": site.seats[name].number}


def _uses(site: Site, planned: PlannedAddress, speech: Speech) -> Iterator[str]:
    _ = speech.gettext
    for holding in planned.holdings:
        if holding.virtual:
            yield _("虚拟地址 %(name)s") % {"name": f"{planned.network}/{holding.virtual}"}
        elif holding.service:
            title = speech.title(site.services[holding.service].title)
            yield _("业务 %(name)s") % {"name": title}
        elif holding.interface == LOOPBACK and planned.network is None:
            yield _("环回地址")
