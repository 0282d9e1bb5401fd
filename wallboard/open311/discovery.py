"""The service discovery document (wiki.open311.org/Service_Discovery; pure)."""

from pydantic import JsonValue

from wallboard.open311.refusals import PREFIX

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-30T00:00:00+08:00"
"""When what is served changed last."""


def discovery(origin: str) -> dict[str, JsonValue]:
    """What is served under this origin, and in which forms."""
    return {
        "changeset": CHANGESET,
        "contact": f"{origin}/login",
        "key_service": f"{origin}/account",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{origin}{PREFIX}/v2",
                "changeset": CHANGESET,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
