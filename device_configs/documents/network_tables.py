"""Networks and the room left in them as a table of the workbook."""

from fractions import Fraction
from math import floor

from device_configs.documents.address_plan import (
    AddressPlan,
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
        _both(network.prefix, network.ipv6_prefix),
        f"{speech.title(zone.title)} ({zone.name})",
        "" if network.vlan is None else network.vlan,
        _both(network.gateway or "", network.ipv6_gateway),
        virtual,
        speech.comma.join(network.bridges),
        planned.size,
        planned.used,
        planned.free,
        _percent(planned.free_share),
        str(planned.next_free or ""),
    )


def _both(ipv4: object, ipv6: object | None) -> str:
    return f"{ipv4}" if ipv6 is None else f"{ipv4}\n{ipv6}"


def _percent(share: Fraction) -> str:
    """One digit, cut off: a network that is not empty never reads as if it were."""
    whole, tenth = divmod(floor(share * 1000), 10)
    return f"{whole}.{tenth}%"
