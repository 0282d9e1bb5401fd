"""Refusals in GeoReport's form: a list of codes and descriptions (GeoReport v2, Errors; pure).

The standard knows 403 for a key that is missing or wrong, 404 for what is not there, and 400 for
what cannot be granted otherwise; the body keeps the code that says more. Answers about the size and
pace of a request, and that we are busy, keep their status.
"""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue
from starlette.responses import Response

from ops_core.kernel.errors import Problem
from wallboard.open311.documents import XML_MEDIA_TYPE, document_answer

PREFIX = "/api/open311"
_STATUS: Mapping[int, int] = {
    HTTPStatus.UNAUTHORIZED: HTTPStatus.FORBIDDEN,
    HTTPStatus.CONFLICT: HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
}
ERRORS_SCHEMA: dict[str, JsonValue] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["code", "description"],
        "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
    },
}


def is_georeport(path: str) -> bool:
    """Whether an address speaks the standard."""
    return path.startswith(f"{PREFIX}/")


def georeport_refusal(path: str, problem: Problem) -> Response:
    """The answer to a refusal whose texts are in the reader's language."""
    errors: list[JsonValue] = [
        {"code": problem.status, "description": text} for text in _descriptions(problem)
    ]
    status = _STATUS.get(problem.status, problem.status)
    return document_answer(path, "errors", errors, status)


def described_refusal(path: str) -> dict[str, JsonValue]:
    """The content of a refusal for the OpenAPI document."""
    if path.endswith(".xml"):
        return {XML_MEDIA_TYPE: {}}
    return {"application/json": {"schema": ERRORS_SCHEMA}}


def _descriptions(problem: Problem) -> list[str]:
    """Each fault by its field, or else what was wrong as a whole."""
    faults = problem.members.get("faults")
    if isinstance(faults, list) and faults:
        return [f"{one['field']}: {one['detail']}" for one in faults if isinstance(one, dict)]
    return [" ".join(text for text in (problem.title, problem.detail, problem.remedy) if text)]
