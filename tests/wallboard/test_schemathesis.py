"""The API holds what its OpenAPI document says, by requests that Schemathesis makes from it.

A fixed seed and few requests an operation: every operation is asked by valid and by invalid input,
and nothing it answers may be our mistake or another answer than the document names.
"""

from pathlib import Path

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.schemas import OpenApiSchema

from ops_core.kernel.clock import SystemClock
from ops_core.kernel.identity import OPERATOR_ROLES, issue_token, set_roles
from tests.wallboard.day import make_day
from tests.wallboard.proxied import free_port, running
from wallboard.application import create_application

REQUESTS = 2
"""Of either kind, an operation; some eighty operations."""
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error", "status_code_conformance", "content_type_conformance",
        "response_schema_conformance", "negative_data_rejection",
    ]
)  # fmt: skip
KINDS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.timeout(2_400)
def test_every_operation_answers_as_the_document_says(tmp_path: Path) -> None:
    served = make_day(tmp_path, SystemClock())
    with served.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
        token = issue_token(uow, "guest").token
    port = free_port()
    application = create_application(served.dependencies)
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error"))
    with running(server), requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        address = f"http://127.0.0.1:{port}/api/openapi.json"
        asked = ask_everything(schemathesis.openapi.from_url(address), session)
    served.close()
    assert asked > 70, "the document names more operations than that"


def ask_everything(document: OpenApiSchema, session: requests.Session) -> int:
    """Ask every operation; returns how many there are. Raises what Schemathesis found."""
    asked = 0
    for operation in document.get_all_operations():
        asked += 1
        for kind in KINDS:
            requests_of_kind = operation.ok().as_strategy(generation_mode=kind)

            @seed(12345)
            @settings(
                max_examples=REQUESTS, deadline=None, database=None, phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(requests_of_kind)
            def ask(case: Case) -> None:
                case.call_and_validate(session=session, checks=CHECKED)

            try:
                ask()
            except Unsatisfiable:  # what takes no parameter cannot be asked wrongly
                if kind is GenerationMode.POSITIVE:
                    raise
    return asked
