"""The address plan as tables of the workbook."""

from collections.abc import Iterator

from device_configs.documents.address_plan import (
    LOOPBACK,
    AddressPlan,
    PlannedAddress,
)
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.site.model import Site


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
        _both_families(site, planned),
        planned.network or "",
        speech.comma.join(holders),
        speech.comma.join(_titles(site, holders, speech)),
        speech.comma.join(interfaces),
        "\n".join(dict.fromkeys(_uses(site, planned, speech))),
    )


def _both_families(site: Site, planned: PlannedAddress) -> str:
    """The address, and below it that of the same host in IPv6."""
    holders = {holding.holder for holding in planned.holdings}
    network = site.networks.get(planned.network or "")
    if network is None or not holders & network.ipv6_members.keys():
        return str(planned.address)
    found = network.ipv6_of(planned.address)
    return f"{planned.address}" if found is None else f"{planned.address}\n{found.ip}"


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
