"""The documents as files, by name: what the command writes and the pages offer (pure)."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from device_configs.documents.contents import all_tables
from device_configs.documents.rack_picture import rack_picture
from device_configs.documents.speech import Speech
from device_configs.documents.topology_picture import topology_picture
from device_configs.site.model import Site


class DocumentFile(StrEnum):
    """The name of each file."""

    WORKBOOK = "site.xlsx"
    TOPOLOGY = "topology.svg"
    RACKS = "racks.svg"


MEDIA_TYPES: Mapping[DocumentFile, str] = {
    DocumentFile.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    DocumentFile.TOPOLOGY: "image/svg+xml",
    DocumentFile.RACKS: "image/svg+xml",
}


def file_content(site: Site, file: DocumentFile, speech: Speech) -> bytes:
    """The bytes of a file; the same declaration and language always make the same ones."""
    return _MAKERS[file](site, speech)


def _workbook(site: Site, speech: Speech) -> bytes:
    from device_configs.documents.workbook import workbook  # openpyxl: few starts need it

    return workbook(speech.title(site.title), all_tables(site, speech))


def _topology(site: Site, speech: Speech) -> bytes:
    return topology_picture(site, speech).encode()


def _racks(site: Site, speech: Speech) -> bytes:
    return rack_picture(site, speech).encode()


_MAKERS: Mapping[DocumentFile, Callable[[Site, Speech], bytes]] = {
    DocumentFile.WORKBOOK: _workbook,
    DocumentFile.TOPOLOGY: _topology,
    DocumentFile.RACKS: _racks,
}
