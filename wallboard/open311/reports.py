"""A report as it is posted: its fields, and the request that becomes of it (pure)."""

import hashlib
import math
from datetime import date, datetime

from pydantic import BaseModel, Field, JsonValue

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.cases.model import TITLE_LIMIT, CaseDraft, Channel, DraftFault, refuse_faults
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import canonical_json
from ops_core.kernel.written_text import written
from wallboard.intake.forms import CaseFields, draft_of
from wallboard.open311.instants import instant_of
from wallboard.open311.services import require_service

LONGEST_DESCRIPTION = 4000
"""Characters (GeoReport v2, POST Service Request)."""
_KINDS: list[JsonValue] = [kind.value for kind in CaseKind]


class PostedReport(BaseModel):
    """The form of GeoReport v2; what its caller leaves empty is as if it were not sent.

    ``email``, ``device_id`` and ``account_id`` are read and not kept: the callback is by telephone.
    """

    api_key: str = ""
    jurisdiction_id: str = Field(default="", description="ignored: one jurisdiction is served")
    service_code: str
    lat: str = ""
    long: str = ""
    address_string: str = ""
    address_id: str = ""
    email: str = ""
    device_id: str = ""
    account_id: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    description: str = ""
    media_url: str = ""
    kind: str = Field(alias="attribute[kind]", json_schema_extra={"enum": _KINDS})
    region: str = Field(alias="attribute[region]", description="a name of hotline.yml")
    title: str = Field(default="", alias="attribute[title]")
    reference: str = Field(default="", alias="attribute[reference]")
    updated_datetime: str = Field(
        default="", alias="attribute[updated_datetime]", description="when the sender said this"
    )


def reference_of(report: PostedReport, today: date) -> str:
    """What names the report for ever: its sender's number of it, or what it says on a day.

    Without a number the same words are the same report for that day, so that an answer that was
    lost on its way leads to no second order.
    """
    if given := written(report.reference):
        return given
    content = report.model_dump(exclude={"api_key", "reference", "updated_datetime"}) | {
        "day": today.isoformat()
    }
    return "content:" + hashlib.sha256(canonical_json(content).encode()).hexdigest()


def draft_of_report(
    report: PostedReport, hotline: Hotline, source: tuple[Channel, str, str], received_at: datetime
) -> CaseDraft:
    """The request; ``source`` is its channel, organisation and reference there.

    Raises NotFound for an unknown service, and Invalid that names every fault.
    """
    require_service(hotline, report.service_code)
    refuse_faults(_faults(report))
    channel, organisation, reference = source
    description = written(report.description)
    fields = CaseFields(
        channel=channel.value,
        source_org=organisation,
        source_ref=reference,
        kind=report.kind,
        category=report.service_code,
        region=report.region,
        title=written(report.title) or description.split("\n")[0][:TITLE_LIMIT],
        text=_with_place(report, description),
        received_at=received_at,
        number=report.phone,
        name=written(report.last_name) + written(report.first_name),
        stated_at=instant_of(report.updated_datetime),
    )
    return draft_of(fields, hotline, received_at)


def _with_place(report: PostedReport, description: str) -> str:
    """The description with what a unit needs besides: where it is, and a picture's address."""
    lines = [description]
    places = (report.address_string, report.address_id)
    if place := "，".join(written(one) for one in places if written(one)):
        lines.append(f"地点：{place}")
    if report.lat:
        lines.append(f"坐标（WGS84）：{report.lat.strip()}, {report.long.strip()}")
    if picture := written(report.media_url):
        lines.append(f"附图：{picture}")
    return "\n".join(lines)


def _faults(report: PostedReport) -> list[DraftFault]:
    faults = []
    if not written(report.description):
        faults.append(DraftFault("description", message("请填写描述")))
    if len(report.description) > LONGEST_DESCRIPTION:
        limit = message("描述须在 {limit} 字以内", limit=LONGEST_DESCRIPTION)
        faults.append(DraftFault("description", limit))
    if report.lat or report.long:
        both = _is_degrees(report.lat, 90) and _is_degrees(report.long, 180)
        if not both:
            faults.append(DraftFault("lat", message("lat 与 long 须一并给出 WGS84 度数")))
    elif not written(report.address_string) and not written(report.address_id):
        faults.append(
            DraftFault(
                "address_string",
                message("请给出地点：lat 与 long，或 address_string，或 address_id"),
            )
        )
    return faults


def _is_degrees(text: str, most: int) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and abs(value) <= most
