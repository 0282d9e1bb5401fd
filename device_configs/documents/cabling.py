"""The cabling list: each cable once, with both ends and the labels that go on them (pure)."""

from collections import defaultdict
from dataclasses import dataclass

from device_configs.documents.places import place_of
from device_configs.documents.sockets import Sockets, sockets_of
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.documents.words import link_word
from device_configs.site.model import End, Link, Network, Site


@dataclass(frozen=True, slots=True)
class CableEnd:
    """Where an end is plugged in; ``place`` is ``R1-U28``, a seat, or empty outside our racks."""

    device: str
    port: str
    socket: str
    place: str

    @property
    def text(self) -> str:
        """``core-a 10G-11 R1-U28``; the port stands in for a socket that is not known."""
        return " ".join(filter(None, (self.device, self.socket or self.port, self.place)))


@dataclass(frozen=True, slots=True)
class CableRow:
    """One cable; ``groups`` are the shared-risk groups that take it down."""

    link: Link
    a: CableEnd
    b: CableEnd
    network: Network
    groups: tuple[str, ...]
    accepted_risks: tuple[str, ...]

    @property
    def ends(self) -> tuple[CableEnd, CableEnd]:
        return (self.a, self.b)


def cabling(site: Site) -> tuple[CableRow, ...]:
    """Every declared link exactly once, in the order of the declaration."""
    sockets, groups = sockets_of(site), _groups(site)
    return tuple(
        CableRow(
            link=link,
            a=_end(site, sockets, link.a),
            b=_end(site, sockets, link.b),
            network=site.networks[link.network],
            groups=tuple(groups[link.name]),
            accepted_risks=tuple(risk.name for risk in site.accepted_risks_of(link.name)),
        )
        for link in site.links.values()
    )


def _groups(site: Site) -> dict[str, list[str]]:
    """The shared-risk groups of each link."""
    found: dict[str, list[str]] = defaultdict(list)
    for group in site.shared_risk_groups.values():
        for name in group.links:
            found[name].append(group.name)
    return found


def _end(site: Site, sockets: Sockets, end: End) -> CableEnd:
    socket = sockets.get((end.device, end.port), "")
    return CableEnd(end.device, end.port, socket, place_of(site, end.device))


def cabling_table(site: Site, speech: Speech) -> Sheet:
    """Cables with both ends, what they carry, what they share, and their labels."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(pgettext("document", "线缆")), Heading(_("类型")),
        Heading(_("A端设备")), Heading(_("A端接口")), Heading(_("A端插口")), Heading(_("A端位置")),
        Heading(_("B端设备")), Heading(_("B端接口")), Heading(_("B端插口")), Heading(_("B端位置")),
        Heading(pgettext("document", "网段")), Heading("VLAN", numeric=True),
        Heading("Mbit/s", numeric=True),
        Heading(_("专线与运营商"), wide=True), Heading(_("冗余")),
        Heading(_("共享风险"), wide=True),
    )  # fmt: skip
    rows = tuple(_row(site, cable, speech) for cable in cabling(site))
    return Sheet("cables", _("布线表"), columns, rows)


def _row(site: Site, cable: CableRow, speech: Speech) -> Row:
    link = cable.link
    return (
        link.name,
        link_word(link.kind, speech.gettext),
        *_end_cells(cable.a),
        *_end_cells(cable.b),
        link.network,
        "" if cable.network.vlan is None else cable.network.vlan,
        "" if link.bandwidth_mbps is None else link.bandwidth_mbps,
        _line(site, link, speech),
        _redundancy(cable, speech),
        "\n".join(_group(site, name, speech) for name in cable.groups),
    )


def label_table(site: Site, speech: Speech) -> Sheet:
    """The labels of both ends of every cable, a label a row, as label printers take them."""
    _ = speech.gettext
    columns = (
        Heading(_("贴于设备")), Heading(_("贴于插口")), Heading(_("第一行（线缆）")),
        Heading(_("第二行（本端）")), Heading(_("第三行（对端）")),
    )  # fmt: skip
    rows = tuple(
        (near.device, near.socket or near.port, cable.link.name, near.text, f"→ {far.text}")
        for cable in cabling(site)
        for near, far in (cable.ends, cable.ends[::-1])
    )
    return Sheet("labels", _("线缆标签"), columns, rows)


def _end_cells(end: CableEnd) -> tuple[str, str, str, str]:
    return (end.device, end.port, end.socket, end.place)


def _line(site: Site, link: Link, speech: Speech) -> str:
    if link.circuit is None:
        return ""
    circuit = site.circuits[link.circuit]
    provider = site.providers[circuit.provider]
    named = (speech.title(circuit.title), circuit.contract_number, speech.title(provider.title))
    return f"{' '.join(named)} {provider.fault_phone}"


def _redundancy(cable: CableRow, speech: Speech) -> str:
    """Whether the declaration wants a second way for it, or accepts that there is none."""
    _ = speech.gettext
    if cable.link.redundant:
        return _("有冗余")
    accepted = speech.comma.join(cable.accepted_risks)
    return f"{_('单条')} ({accepted})" if accepted else _("单条")


def _group(site: Site, name: str, speech: Speech) -> str:
    return f"{name} {speech.title(site.shared_risk_groups[name].title)}"
