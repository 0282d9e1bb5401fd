"""The description of the API names every status that it answers."""

import httpx
import pytest

from ops_core.kernel.identity import OPERATOR_ROLES, issue_token, set_roles
from tests.wallboard.serve import Served
from wallboard.openapi import REFUSALS

NUMBERS = (
    "0", "-1", "9" * 40, "1e9", "nan", "\u0660", "%FF", "a/b", "%0A", "'", "C-20261124-00001",
)  # fmt: skip
BODIES = (
    b"", b"{", b"null", b"[]", b'{"limit": 1e400}', b'{"text": "\\ud800"}', b"\xff",
    b"[" * 5000,
)  # fmt: skip


async def test_every_operation_names_every_status(stranger: httpx.AsyncClient) -> None:
    described = (await stranger.get("/api/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            missing = {
                str(int(status))
                for status in REFUSALS
                if "requestBody" in operation or int(status) not in (408, 413)
            } - operation["responses"].keys()
            assert not missing, (method, path)
    assert described["components"]["schemas"]["Problem"]


@pytest.mark.parametrize("body", [None, *BODIES], ids=lambda body: repr(body)[:20])
async def test_no_address_and_no_body_is_our_mistake(
    served: Served, stranger: httpx.AsyncClient, body: bytes | None
) -> None:
    """Every operation is asked with strange parameters, and strange bodies; none answers 500."""
    with served.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
        token = issue_token(uow, "guest").token
    headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
    described = (await stranger.get("/api/openapi.json")).json()
    faults = []
    for at, (path, operations) in enumerate(described["paths"].items()):
        for method, operation in operations.items():
            if (body is None) is ("requestBody" in operation):
                continue
            for number in NUMBERS if body is None else (NUMBERS[at % len(NUMBERS)],):
                address, query = path, {}
                for parameter in operation.get("parameters", ()):
                    name = parameter["name"]
                    if parameter["in"] == "path":
                        address = address.replace("{" + name + "}", number)
                    elif parameter["in"] == "query":
                        query[name] = number
                address = address.split("{")[0]
                answer = await stranger.request(
                    method, address, params=query, headers=headers, content=body
                )
                known = str(answer.status_code) in operation["responses"]
                if answer.status_code >= 500 or (not known and address == path):
                    faults.append(f"{method} {address} {query} {body!r:.30}: {answer.status_code}")
    assert not faults, "\n".join(faults)
