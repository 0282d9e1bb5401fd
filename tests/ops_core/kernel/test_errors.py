import pytest

from ops_core.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooManyAttempts,
    Unauthenticated,
    exit_code_of,
    problem_of,
)


@pytest.mark.parametrize(
    ("error", "kind", "status", "exit_code"),
    [
        (DomainError("a"), "domain-error", 400, 1),
        (DomainError("a", status=503), "domain-error", 503, 1),
        (Invalid("a"), "invalid", 422, 2),
        (NotFound("a"), "not-found", 404, 3),
        (Conflict("a"), "conflict", 409, 4),
        (Forbidden("a"), "forbidden", 403, 5),
        (Unauthenticated("a"), "unauthenticated", 401, 6),
        (TooManyAttempts("a", "b", "c", retry_after_s=30), "too-many-attempts", 429, 6),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DomainError) else str(value),
)
def test_a_refusal_has_one_problem_type_status_and_exit_code(
    error: DomainError, kind: str, status: int, exit_code: int
) -> None:
    problem = problem_of(error)
    assert (problem.type, problem.status) == (f"urn:zhishou:problem:{kind}", status)
    assert exit_code_of(error) == exit_code


def test_a_refusal_says_what_was_wrong_and_what_to_do() -> None:
    problem = problem_of(NotFound("没有这条链路", "链路 x 不存在。", "请核对链路名。"))
    assert (problem.title, problem.detail, problem.remedy) == (
        "没有这条链路",
        "链路 x 不存在。",
        "请核对链路名。",
    )
