"""The description of the API, with every status it may answer and what a refusal looks like."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import JsonValue

from ops_core.kernel.errors import PROBLEM_MEDIA_TYPE
from wallboard.open311.refusals import described_refusal, is_georeport

Description = dict[str, JsonValue]

REFUSALS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The address or the body cannot be read",
    HTTPStatus.UNAUTHORIZED: "Nobody is signed in, or the token holds no more",
    HTTPStatus.FORBIDDEN: "The roles do not allow it (audited), or another site asks",
    HTTPStatus.NOT_FOUND: "What the address names is not there",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time",
    HTTPStatus.CONFLICT: "It makes sense, but not in the present state",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than it may be",
    HTTPStatus.MISDIRECTED_REQUEST: "The host is none of ours",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was asked makes no sense; `faults` name each field",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many attempts; Retry-After says when to come again",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Our mistake; it is in the log",
    HTTPStatus.SERVICE_UNAVAILABLE: "Busy; Retry-After says when to ask again",
}
_WITH_BODY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PROBLEM: Description = {
    "title": "Problem",
    "description": "RFC 9457; `remedy` says what to do, further members belong to the kind.",
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "faults": {"type": "array", "items": {"type": "object"}},
    },
    "additionalProperties": True,
}


def describe(app: FastAPI) -> Description:
    """The OpenAPI document of the application's programs' interface; made once."""
    document: Description = get_openapi(
        title=app.title, version=app.version, routes=app.routes, description=app.description
    )
    components = document.setdefault("components", {})
    assert isinstance(components, dict)  # noqa: S101 - FastAPI makes it so
    schemas = components.setdefault("schemas", {})
    assert isinstance(schemas, dict)  # noqa: S101 - FastAPI makes it so
    schemas["Problem"] = _PROBLEM
    paths = document["paths"]
    assert isinstance(paths, dict)  # noqa: S101 - FastAPI makes it so
    for path, operations in paths.items():
        assert isinstance(operations, dict)  # noqa: S101 - FastAPI makes it so
        for operation in operations.values():
            if isinstance(operation, dict):
                _add_refusals(operation, _content(path))
    return document


def _content(path: str) -> Description:
    """The forms of a refusal at an address; what the guard refuses is a problem everywhere."""
    problem: Description = {
        PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    return problem | described_refusal(path) if is_georeport(path) else problem


def _add_refusals(operation: Description, content: Description) -> None:
    """A refusal that the operation describes itself keeps its words."""
    responses = operation.setdefault("responses", {})
    assert isinstance(responses, dict)  # noqa: S101 - FastAPI makes it so
    for status, words in REFUSALS.items():
        if status in _WITH_BODY and "requestBody" not in operation:
            continue
        described = responses.get(str(int(status)))
        known = described.get("description") if isinstance(described, dict) else None
        own = known if isinstance(known, str) and known != "Validation Error" else words
        answer: Description = {"description": own, "content": content}
        if status in _LATER:
            answer["headers"] = {
                "Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}
            }
        responses[str(int(status))] = answer
