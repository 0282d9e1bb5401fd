"""The tables of every document, in the order of the tabs and of the workbook's sheets (pure)."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from device_configs.documents.address_plan import address_plan
from device_configs.documents.address_tables import address_table
from device_configs.documents.cable_tables import cabling_table, label_table
from device_configs.documents.network_tables import network_table
from device_configs.documents.policy_book import rule_tables
from device_configs.documents.policy_objects import object_table
from device_configs.documents.protection_book import protection_tables
from device_configs.documents.racks import occupancy_table, rack_table
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Sheet
from device_configs.site.model import Site


class Document(StrEnum):
    """What the declaration is written out as."""

    TOPOLOGY = "topology"
    ADDRESSES = "addresses"
    CABLING = "cabling"
    RACKS = "racks"
    POLICIES = "policies"


def document_title(document: Document, speech: Speech) -> str:
    """The name of a document."""
    _ = speech.gettext
    return {
        Document.TOPOLOGY: _("拓扑图"),
        Document.ADDRESSES: _("地址规划"),
        Document.CABLING: _("布线"),
        Document.RACKS: _("机柜图"),
        Document.POLICIES: _("策略手册"),
    }[document]


def tables_of(site: Site, document: Document, speech: Speech) -> tuple[Sheet, ...]:
    """The tables of a document; the topology is a picture and has none."""
    return _TABLES[document](site, speech)


def all_tables(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    """Every table, as the workbook holds them."""
    return tuple(table for document in Document for table in tables_of(site, document, speech))


def _none(_site: Site, _speech: Speech) -> tuple[Sheet, ...]:
    return ()


def _addresses(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    plan = address_plan(site)
    return (network_table(site, plan, speech), address_table(site, plan, speech))


def _cabling(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    return (cabling_table(site, speech), label_table(site, speech))


def _racks(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    return (rack_table(site, speech), occupancy_table(site, speech))


def _policies(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    return (
        *rule_tables(site, speech),
        object_table(site, speech),
        *protection_tables(site, speech),
    )


_TABLES: Mapping[Document, Callable[[Site, Speech], tuple[Sheet, ...]]] = {
    Document.TOPOLOGY: _none,
    Document.ADDRESSES: _addresses,
    Document.CABLING: _cabling,
    Document.RACKS: _racks,
    Document.POLICIES: _policies,
}
