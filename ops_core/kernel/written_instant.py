"""An instant as a program sends it: in ISO 8601 with its offset, never a bare number."""

from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator


def _written_out(value: object) -> object:
    """A number would be taken for seconds since 1970: a day such as 20260302, too."""
    if isinstance(value, str) and "-" not in value[:5]:
        raise ValueError("no instant in ISO 8601, such as 2026-11-24T08:30:00+08:00")
    if isinstance(value, (int, float, bytes)):
        raise ValueError("no instant in ISO 8601, such as 2026-11-24T08:30:00+08:00")
    return value


WRITTEN_OUT = BeforeValidator(_written_out)
WrittenInstant = Annotated[AwareDatetime, WRITTEN_OUT]
