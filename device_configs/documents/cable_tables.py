"""Cables and their labels as tables of the workbook."""

from device_configs.documents.cabling import Cable, CableEnd, cabling
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Column, Row, Table
from device_configs.documents.words import link_word
from device_configs.site.model import Link, Site


def cabling_table(site: Site, speech: Speech) -> Table:
    """Cables with both ends, what they carry, what they share, and their labels."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Column(pgettext("document", "线缆")), Column(_("类型")),
        Column(_("A端设备")), Column(_("A端接口")), Column(_("A端插口")), Column(_("A端位置")),
        Column(_("B端设备")), Column(_("B端接口")), Column(_("B端插口")), Column(_("B端位置")),
        Column(pgettext("document", "网段")), Column("VLAN", numeric=True),
        Column("Mbit/s", numeric=True),
        Column(_("专线与运营商"), wide=True), Column(_("冗余")), Column(_("共享风险"), wide=True),
    )  # fmt: skip
    rows = tuple(_row(site, cable, speech) for cable in cabling(site))
    return Table("cables", _("布线表"), columns, rows)


def _row(site: Site, cable: Cable, speech: Speech) -> Row:
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


def label_table(site: Site, speech: Speech) -> Table:
    """The labels of both ends of every cable, a label a row, as label printers take them."""
    _ = speech.gettext
    columns = (
        Column(_("贴于设备")), Column(_("贴于插口")), Column(_("第一行（线缆）")),
        Column(_("第二行（本端）")), Column(_("第三行（对端）")),
    )  # fmt: skip
    rows = tuple(
        (near.device, near.socket or near.port, cable.link.name, near.text, f"→ {far.text}")
        for cable in cabling(site)
        for near, far in (cable.ends, cable.ends[::-1])
    )
    return Table("labels", _("线缆标签"), columns, rows)


def _end_cells(end: CableEnd) -> tuple[str, str, str, str]:
    return (end.device, end.port, end.socket, end.place)


def _line(site: Site, link: Link, speech: Speech) -> str:
    if link.circuit is None:
        return ""
    circuit = site.circuits[link.circuit]
    provider = site.providers[circuit.provider]
    named = (speech.title(circuit.title), circuit.contract_number, speech.title(provider.title))
    return f"{' '.join(named)} {provider.fault_phone}"


def _redundancy(cable: Cable, speech: Speech) -> str:
    """Whether the declaration wants a second way for it, or accepts that there is none."""
    _ = speech.gettext
    if cable.link.redundant:
        return _("有冗余")
    accepted = speech.comma.join(cable.accepted_risks)
    return f"{_('单条')} ({accepted})" if accepted else _("单条")


def _group(site: Site, name: str, speech: Speech) -> str:
    return f"{name} {speech.title(site.shared_risk_groups[name].title)}"
