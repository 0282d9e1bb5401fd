"""Cables and their labels as tables of the workbook."""

from device_configs.documents.cabling import CableEnd, CableRow, cabling
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.documents.words import link_word
from device_configs.site.model import Link, Site


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
        cable.name,
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
        (near.device, near.socket or near.port, cable.name, near.text, f"→ {far.text}")
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
