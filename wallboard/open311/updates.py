"""An update as it is posted, by the names of mySociety's extension of GeoReport (pure)."""

from pydantic import BaseModel, Field

from ops_core.hotline.exchange.updates import LONGEST_NUMBER, OrderUpdate, UpdateStatus
from wallboard.open311.instants import instant_of


class PostedUpdate(BaseModel):
    """The form of POST servicerequestupdates (mySociety, Proposed differences to Open311).

    ``updated_datetime`` says in which order updates were made, and nothing else: a step happens
    when it is recorded, so that no clock of another system moves a deadline.
    """

    api_key: str = ""
    jurisdiction_id: str = Field(default="", description="ignored: one jurisdiction is served")
    service_request_id: str = Field(max_length=LONGEST_NUMBER)
    update_id: str = Field(max_length=LONGEST_NUMBER, description="the sender's number of it")
    status: UpdateStatus
    description: str = Field(default="", max_length=8000)
    service_request_id_ext: str = Field(
        default="", max_length=LONGEST_NUMBER, description="the order's number at the sender's"
    )
    updated_datetime: str = ""


def update_of(posted: PostedUpdate) -> OrderUpdate:
    """What it says of which order. Raises Invalid for an instant that cannot be read."""
    return OrderUpdate(
        posted.service_request_id,
        posted.update_id,
        posted.status,
        posted.description,
        posted.service_request_id_ext,
        instant_of(posted.updated_datetime),
    )
