"""What the OpenAPI document says of GeoReport's answers: JSON by its members, XML by its form."""

from typing import Any

from pydantic import BaseModel

from wallboard.open311.documents import XML_MEDIA_TYPE


class ServiceEntry(BaseModel):
    """A category as a service; ``keywords`` has its name in the other language."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: str
    keywords: str
    group: str


class AttributeValue(BaseModel):
    """One choice of an attribute."""

    key: str
    name: str


class ServiceAttribute(BaseModel):
    """What a report has to say besides; ``values`` only where one of them is chosen."""

    variable: bool
    code: str
    datatype: str
    required: bool
    datatype_description: str | None
    order: int
    description: str
    values: list[AttributeValue] | None = None


class ServiceDefinition(BaseModel):
    """The attributes of a service."""

    service_code: str
    attributes: list[ServiceAttribute]


class TakenReport(BaseModel):
    """What a report became; ``service_notice`` says within what time it is to be handled."""

    service_request_id: str
    service_notice: str
    account_id: None


class ResolvedToken(BaseModel):
    """The request's own number is its token."""

    service_request_id: str
    token: str


class TakenUpdateEntry(BaseModel):
    """What an update became: the order's number with the number of its last step.

    ``superseded``: it was late, and that step is what the sender has said since.
    """

    update_id: str
    superseded: bool


class ReportedRequest(BaseModel):
    """A request as it stands; instants with their offset, to the second.

    ``reference`` is the reader's own number of a request that it handed over itself.
    """

    service_request_id: str
    reference: str | None
    status: str
    status_notes: str
    service_name: str
    service_code: str
    description: str
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str
    address_id: None
    zipcode: None
    lat: None
    long: None
    media_url: None


class EndpointEntry(BaseModel):
    """An address at which a specification is served."""

    specification: str
    url: str
    changeset: str
    type: str
    formats: list[str]


class ServiceDiscovery(BaseModel):
    """Where and how the standard is served."""

    changeset: str
    contact: str
    key_service: str
    endpoints: list[EndpointEntry]


def answered_with(model: type[Any], path: str) -> dict[str, Any]:
    """The arguments of a route that answers this."""
    if path.endswith(".xml"):
        return {
            "response_model": None,
            "responses": {200: {"description": "GeoReport XML", "content": {XML_MEDIA_TYPE: {}}}},
        }
    return {"response_model": model}
