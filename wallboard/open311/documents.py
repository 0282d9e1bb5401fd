"""The two forms of a GeoReport document: JSON, and XML with the names that JSON leaves out (pure).

JSON follows from the XML by the Spark convention: the root's name and the names of a list's items
are dropped (wiki.open311.org/JSON_and_XML_Conversion).
"""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

XML_MEDIA_TYPE = "text/xml"
_ITEM_OF: Mapping[str, str] = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an item of each list is called in XML."""
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even as a reference."""


def is_xml(path: str) -> bool:
    """Whether an address asks for XML: its ending says so."""
    return path.endswith(".xml")


def document_answer(path: str, root: str, content: JsonValue, status: int = 200) -> Response:
    """The answer in the form that ``path`` asks for; JSON where it asks for none."""
    if not is_xml(path):
        return JSONResponse(content, status)
    return Response(as_xml(root, content), status, media_type=XML_MEDIA_TYPE)


def as_xml(root: str, content: JsonValue) -> bytes:
    """The document in UTF-8 with its declaration."""
    top = Element(root)
    _fill(top, content)
    written: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return written


def _fill(element: Element, content: JsonValue) -> None:
    if isinstance(content, Mapping):
        for name, value in content.items():
            _fill(SubElement(element, name), value)
    elif isinstance(content, list):
        for value in content:
            _fill(SubElement(element, _ITEM_OF[element.tag]), value)
    elif content is not None:
        element.text = _text(content)


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_CHARACTER.sub("", str(value))
