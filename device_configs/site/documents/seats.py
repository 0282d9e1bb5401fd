"""seats.yml: what seats share, and what counts on from one to the next."""

from ipaddress import IPv4Address
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from device_configs.site.documents.topology import SEAT_NUMBERS
from device_configs.site.model import Frozen
from device_configs.site.texts import Address, Cell, HostName, Key, Reference

MOST_SEATS = 20_000
"""Seats of one group; a sheet of Excel has no more rows either."""

SeatNumber = Annotated[int, Field(ge=SEAT_NUMBERS[0], le=SEAT_NUMBERS[1])]


def joined_parts(text: str) -> list[str]:
    """The displays that one cell joins by +; a telephone number that begins with + is one text."""
    return [text] if text.strip().startswith("+") else text.split("+")


def _countable(text: str) -> str:
    if not all(part.strip()[-1:].isdecimal() for part in joined_parts(text)):
        raise ValueError("ends in no number that the next seat's could follow; write PC-001")
    return text


CountedCell = Annotated[Cell, AfterValidator(_countable)]


class FirstSeat(Frozen):
    """What the first seat of a group has; each further one has the next: 8001, 8002; PC-001,
    PC-002. Displays joined by + count on each."""

    address: Address | None = None
    column: int | None = Field(default=None, ge=1)
    phone: CountedCell | None = None
    host_asset: CountedCell | None = None
    display_asset: CountedCell | None = None


class SeatGroup(Frozen):
    """Seats that are alike. A group may lie within a wider one; the nearest holds."""

    name: Key
    numbers: tuple[SeatNumber, SeatNumber]
    """The first and the last; every number between is a seat."""
    switch: HostName | None = None
    network: Reference | None = None
    row: int | None = Field(default=None, ge=1)
    first: FirstSeat = FirstSeat()

    @property
    def size(self) -> int:
        """How many seats it has."""
        return self.numbers[1] - self.numbers[0] + 1

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if not 1 <= self.size <= MOST_SEATS:
            raise ValueError(f"numbers are the first and the last of 1 to {MOST_SEATS:,} seats")
        address = self.first.address
        if address is not None and int(address) + self.size > int(IPv4Address("255.255.255.255")):
            raise ValueError("its addresses count beyond the last one there is")
        return self
