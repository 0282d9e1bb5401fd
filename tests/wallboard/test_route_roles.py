"""Every route x role, cell by cell from the permission table; a route without an entry fails."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from starlette.types import Message, Receive, Scope, Send

from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.deadline_policies.model import PolicyStep
from ops_core.hotline.orders.attaching import ATTACHING
from ops_core.hotline.orders.service import STEP_PERMISSION
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from ops_core.kernel.permissions import PERMISSIONS, PROGRAM_ROLES, Permission, Role
from ops_core.knowledge.articles.model import ArticleStep
from ops_core.knowledge.articles.service import ARTICLE_PERMISSION
from ops_core.obligations.model import ReportStep
from ops_core.obligations.service import REPORT_PERMISSION
from ops_core.registers.service import PlanDraft, plan_item
from tests.wallboard.conftest import sign_in
from tests.wallboard.hotline_story import Told, tell
from tests.wallboard.serve import Served
from wallboard.application import create_application

PROGRAMS = ("/api/", "/metrics")
"""Paths that no browser is sent to the sign-in page from."""


class Openness:
    """Who may, of whom no permission decides."""

    EVERYBODY = "everybody"
    SIGNED_IN = "signed in"


Rule = Callable[[Role], bool] | str


@dataclass(frozen=True)
class Ask:
    """One request of a route, and who may make it; ``served`` are the answers to those who may."""

    method: str
    route: str
    path: str
    rule: Rule
    served: tuple[int, ...] = (200,)
    form: dict[str, str] = field(default_factory=dict)
    json: dict[str, object] | None = None
    stream: bool = False
    file: str = ""
    """Sent as a form with one file of this name."""

    def allowed(self, role: Role) -> bool:
        return isinstance(self.rule, str) or self.rule(role)


def holds(*permissions: Permission) -> Callable[[Role], bool]:
    """A role that has any of these."""
    return lambda role: bool(PERMISSIONS[role] & set(permissions))


def sees_order(role: Role, *, own: bool) -> bool:
    """The operator's people see every order, a unit's handler those his unit has."""
    held = PERMISSIONS[role]
    return Permission.SEE_ORDERS in held or (own and Permission.HANDLE_ORDERS in held)


def sees(*, own: bool) -> Callable[[Role], bool]:
    return lambda role: sees_order(role, own=own)


def takes(step: Step, *, own: bool = True) -> Callable[[Role], bool]:
    return lambda role: STEP_PERMISSION[step] in PERMISSIONS[role] and sees_order(role, own=own)


def unmasks(*, own: bool) -> Callable[[Role], bool]:
    return lambda role: (
        Permission.UNMASK_CONTACTS in PERMISSIONS[role] and sees_order(role, own=own)
    )


def has_pages(role: Role) -> bool:
    """A program has none."""
    return role not in PROGRAM_ROLES


def dials(role: Role) -> bool:
    return {Permission.CALL_BACK, Permission.UNMASK_CONTACTS} <= PERMISSIONS[role]


def report_asks() -> Iterable[Ask]:
    """Reports: whoever may take a step is told that this one is not there."""
    seeing, key = holds(Permission.SEE_REPORTS), "monthly-1999-01"
    for base in ("", "/api"):
        yield Ask("GET", f"{base}/reports", f"{base}/reports", seeing)
        yield Ask("GET", base + "/reports/{key}", f"{base}/reports/{key}", seeing, (404,))
        file = f"{base}/reports/{key}/files/docx"
        yield Ask("GET", base + "/reports/{key}/files/{kind}", file, seeing, (404,))
        for step, permission in REPORT_PERMISSION.items():
            if step is ReportStep.OWE:
                continue
            path = f"{base}/reports/{key}/{step}"
            body: dict[str, object] | None = {"reason": "故"} if base else None
            rule = holds(permission)
            yield Ask("POST", base + "/reports/{key}/{step}", path, rule, (404,), json=body)
        begun = {"duty": "none", "subject": "事"}
        sent: dict[str, object] = dict(begun)
        writing = holds(Permission.WRITE_REPORTS)
        if base:
            yield Ask(
                "POST", "/api/reports/flash", "/api/reports/flash", writing, (404,), json=sent
            )
        else:
            yield Ask("POST", "/reports/flash", "/reports/flash", writing, (404,), begun)
    data = "/api/reports/{key}/snapshot"
    yield Ask("GET", data, f"/api/reports/{key}/snapshot", seeing, (404,))


def account_asks() -> Iterable[Ask]:
    """Users, one's own account, the audit log, the settings."""
    administering, user = holds(Permission.ADMINISTER), "/users/{name}"
    for page in ("/users", "/settings"):
        yield Ask("GET", page, page, administering)
    yield Ask("GET", "/audit", "/audit?q=a", holds(Permission.SEE_AUDIT))
    yield Ask("GET", "/lists/{name}/export", "/lists/users/export", administering)
    yield Ask("GET", "/api/lists/{name}", "/api/lists/users", administering)
    yield Ask("GET", "/api/lists", "/api/lists", Openness.SIGNED_IN)
    new = {"name": "wang.fang", "display_name": "王芳", "roles": "agent"}
    yield Ask("POST", "/users", "/users", administering, (200,), new)
    roles = {"roles": "network_engineer"}
    yield Ask("POST", user + "/roles", "/users/li.ming/roles", administering, (303,), roles)
    yield Ask("POST", user + "/password", "/users/li.ming/password", administering)
    yield Ask("POST", user + "/active", "/users/li.ming/active", administering, (303,),
              {"active": "true"})  # fmt: skip
    yield Ask("POST", user + "/tokens/end", "/users/li.ming/tokens/end", administering, (303,))
    yield Ask("GET", "/account", "/account", Openness.SIGNED_IN)
    former = {"former": "wrong password", "password": "0123456789", "again": "0123456789"}
    for path, form in (("/account/password", former), ("/account/tokens", {"days": "1"})):
        yield Ask("POST", path, path, Openness.SIGNED_IN, (422,), form)


def platform_asks() -> Iterable[Ask]:
    """The wall, the incidents and what stands beside them."""
    yield Ask("GET", "/api/openapi.json", "/api/openapi.json", Openness.EVERYBODY)
    yield Ask("GET", "/healthz", "/healthz", Openness.EVERYBODY)
    yield Ask("GET", "/health", "/health", holds(Permission.SEE_HEALTH))
    for path in ("/metrics", "/api/health"):
        yield Ask("GET", path, path, holds(Permission.READ_METRICS))
    yield Ask("GET", "/static/{release}/{name:path}", "/static/x/mark.svg", Openness.EVERYBODY)
    yield Ask("GET", "/login", "/login", Openness.EVERYBODY)
    yield Ask(
        "POST", "/appearance", "/appearance", Openness.EVERYBODY, (303,), {"appearance": "dark"}
    )
    yield Ask("POST", "/language", "/language", Openness.EVERYBODY, (303,), {"language": "zh"})
    yield Ask("GET", "/palette", "/palette?q=a", Openness.SIGNED_IN)
    yield Ask("GET", "/live", "/live", Openness.SIGNED_IN, stream=True)
    for base in ("", "/api"):  # what a file belongs to decides; this one belongs to nothing
        path = base + "/evidence/{number}"
        yield Ask("GET", path, f"{base}/evidence/E-1", Openness.SIGNED_IN, (404,))
    yield Ask("GET", "/", "/", has_pages, (303,))
    wall, seeing = holds(Permission.SEE_WALL), holds(Permission.SEE_INCIDENTS)
    yield Ask("GET", "/wall", "/wall", wall)
    yield Ask("GET", "/wall/live", "/wall/live", wall, stream=True)
    for page in ("/incidents", "/devices", "/seats", "/services", "/availability"):
        yield Ask("GET", page, page, seeing)
    yield Ask("GET", "/circuits/{name}", "/circuits/egov-a", seeing)
    yield Ask("GET", "/devices/{name}", "/devices/rt-a", seeing)
    yield Ask("GET", "/seats/{number}", "/seats/1", seeing)
    yield Ask("GET", "/services/{name}", "/services/platform", seeing)
    yield from account_asks()
    for page in ("/indicators", "/indicators/{number}"):
        for base in ("", "/api"):
            path = base + page.format(number=12)
            yield Ask("GET", base + page, path, holds(Permission.SEE_INDICATORS))
    yield from exemption_asks()
    yield from deadline_asks()
    yield Ask("GET", "/network/proofs", "/network/proofs", seeing)
    drift, compliance = "/network/drift", "/network/compliance"
    for page in (drift, compliance, "/api/compliance", "/network/accounts"):
        yield Ask("GET", page, page, seeing)
    yield Ask("GET", "/network/accounts/export", "/network/accounts/export", seeing, served=(404,))
    documents = "/network/documents"
    yield Ask("GET", documents, documents, seeing)
    yield Ask("GET", documents + "/{name}", documents + "/addresses", seeing)
    yield Ask("GET", documents + "/files/{name}", documents + "/files/topology.svg", seeing)
    number = "F-20261123-007"
    handling = holds(Permission.HANDLE_INCIDENTS)
    for base in ("/incidents", "/api/incidents"):
        yield Ask("GET", base + "/{number}", f"{base}/{number}", seeing)
    yield Ask("GET", "/api/incidents", "/api/incidents", seeing)
    page, api = "/incidents/{number}/{action}", "/api/incidents/{number}/{action}"
    acknowledge = {"version": "1"}
    yield Ask("POST", page, f"/incidents/{number}/acknowledge", handling, (303,), acknowledge)
    note = {"comment": "好"}
    yield Ask("POST", api, f"/api/incidents/{number}/note", handling, (204,), json=note)
    yield from alarm_asks(number)
    deploying = holds(Permission.DEPLOY)
    path = "/network/changes/deployments"
    yield Ask("POST", path, path, deploying, (303,), {"device": "rt-a"})
    approving = holds(Permission.APPROVE_CHANGES)
    stopping = holds(Permission.DEPLOY, Permission.APPROVE_CHANGES)
    yield Ask("GET", "/network/changes", "/network/changes", seeing)
    yield Ask("GET", "/network/drills", "/network/drills", seeing)
    yield Ask("GET", "/network/drills/{number}", "/network/drills/Y-001", seeing, (200, 404))
    yield Ask("GET", "/network/plays", "/network/plays", seeing)
    run = "/network/plays/{number}"
    yield Ask("GET", run, "/network/plays/P-001", seeing, (200, 404))
    yield Ask("POST", "/network/plays", "/network/plays", deploying, (303,), {"play": "render"})
    yield Ask("POST", f"{run}/cancel", "/network/plays/P-001/cancel", seeing, (404,))
    change = "/network/changes/{number}"
    yield Ask("GET", change, "/network/changes/N-001", seeing, (200, 404))
    yield Ask("POST", f"{change}/approve", "/network/changes/N-001/approve", approving, (404,))
    yield Ask("POST", f"{change}/cancel", "/network/changes/N-001/cancel", stopping, (404,),
              {"reason": "wrong window"})  # fmt: skip
    yield Ask("POST", "/network/changes", "/network/changes", deploying, (303,), {"reason": "r"})
    cancelling = "/network/changes/N-001/rehearsal/cancel"
    yield Ask("POST", f"{change}/rehearsal/cancel", cancelling, deploying, (409,))
    for step in ("rehearse", "apply", "confirm", "resume", "rollback"):
        yield Ask("POST", f"{change}/{step}", f"/network/changes/N-001/{step}", deploying,
                  (303, 404))  # fmt: skip


def exemption_asks() -> Iterable[Ask]:
    """The operator asks, the purchaser decides; an outdated version is a conflict, none a 404."""
    asking, deciding = holds(Permission.REQUEST_EXEMPTIONS), holds(Permission.APPROVE_EXEMPTIONS)
    for base in ("", "/api"):
        path = f"{base}/exemptions"
        yield Ask("GET", path, path, holds(Permission.SEE_INDICATORS))
    window = {"start": "2026-11-01T08:00", "end": "2026-11-01T09:00"}
    yield Ask("POST", "/exemptions", "/exemptions", asking, (422,), window)
    body: dict[str, object] = {"indicators": [], "start": "2026-11-01T08:00:00+08:00",
                               "reason": "x", "evidence": "x"}  # fmt: skip
    yield Ask("POST", "/api/exemptions", "/api/exemptions", asking, (422,), json=body)
    sealing, submitting = holds(Permission.SEAL_PERIODS), holds(Permission.SUBMIT_PERIODS)
    for base in ("", "/api"):
        path, said = f"{base}/assessment", {"version": "99", "text": "说明"}
        yield Ask("GET", path, path, holds(Permission.SEE_INDICATORS))
        one = path + "/{month}/{number}"
        yield Ask("GET", one, f"{path}/2026-10/12", holds(Permission.SEE_INDICATORS))
        for step, rule in (("submit", submitting), ("seal", sealing)):
            at = f"{path}/2026-10/12/{step}"
            if base:
                yield Ask("POST", one + "/{step}", at, rule, (409,), json={**said, "version": 99})
            else:
                yield Ask("POST", one + "/{step}", at, rule, (409,), said)
    for step, rule in (("approve", deciding), ("refuse", deciding), ("withdraw", asking)):
        for base in ("", "/api"):
            route, at = base + "/exemptions/{number}/{step}", f"{base}/exemptions/X-1/{step}"
            said: dict[str, object] = {"version": 1}
            if base:
                yield Ask("POST", route, at, rule, (404,), json=said)
            else:
                yield Ask("POST", route, at, rule, (404,), {"version": "1"})


def deadline_asks() -> Iterable[Ask]:
    """Versions of the deadlines: either side drafts; none of that number is a 404."""
    setting = holds(Permission.SET_DEADLINES)
    for base in ("", "/api"):
        path = f"{base}/deadlines"
        yield Ask("GET", path, path, holds(Permission.SEE_ORDERS))
    form = {"effective_from": "2030-01-01T00:00", "reason": "x"}
    yield Ask("POST", "/deadlines", "/deadlines", setting, (422,), form)
    body: dict[str, object] = {
        "rules": {"sign_within": {}, "handle_within": {}},
        "effective_from": "2030-01-01T00:00:00+08:00",
        "reason": "x",
    }
    yield Ask("POST", "/api/deadlines", "/api/deadlines", setting, (422,), json=body)
    for step in PolicyStep:
        for base in ("", "/api"):
            route, at = base + "/deadlines/{version}/{step}", f"{base}/deadlines/999/{step}"
            yield Ask("POST", route, at, setting, (404,), json={} if base else None)


def alarm_asks(number: str) -> Iterable[Ask]:
    """Many at once, and the steps of a false alarm; an outdated version is a conflict."""
    handling = holds(Permission.HANDLE_INCIDENTS)
    deciding = holds(Permission.CONFIRM_FALSE_ALARMS)
    chosen = {"item": f"{number}:1"}
    yield Ask("POST", "/incidents/acknowledge", "/incidents/acknowledge", handling, form=chosen)
    items: dict[str, object] = {"items": [{"number": number}], "dry_run": True}
    path = "/api/incidents/acknowledge"
    yield Ask("POST", path, path, handling, json=items)
    for show in ("pending", "false_alarms"):
        yield Ask("GET", "/incidents", f"/incidents?show={show}", holds(Permission.SEE_INCIDENTS))
    for step, rule in (
        ("propose", handling),
        ("withdraw", handling),
        ("confirm", deciding),
        ("reject", deciding),
        ("revoke", deciding),
    ):
        said = {"version": "99", "cause": "drill", "reason": "演练"}
        route, at = "/incidents/{number}/false-alarm/{step}", f"/incidents/{number}/false-alarm/"
        yield Ask("POST", route, at + step, rule, (409,), said)
        body: dict[str, object] = {**said, "version": 99}
        yield Ask("POST", f"/api{route}", f"/api{at}{step}", rule, (409,), json=body)


CASE = {
    "channel": "web",
    "source_org": "portal",
    "source_ref": "p-1",
    "kind": "help",
    "category": "roads",
    "region": "province",
    "title": "路灯",
    "text": "不亮",
    "received_at": "2026-11-23T06:00:00Z",
}
FORM = {key: value for key, value in CASE.items() if key != "source_org"}


def intake_asks(told: Told) -> Iterable[Ask]:
    taking = holds(Permission.TAKE_CALLS)
    yield Ask("GET", "/agent", "/agent", taking)
    yield Ask("POST", "/agent", "/agent", taking, (200,), FORM)
    feeding = holds(Permission.FEED_CASES, Permission.TAKE_CALLS)
    yield Ask("POST", "/api/cases", "/api/cases", feeding, (201,), json=dict(CASE))
    seeing = holds(Permission.SEE_ORDERS)
    yield Ask("GET", "/api/cases/{number}", f"/api/cases/{told.case}", seeing)
    rating: dict[str, object] = {"call": "c-1", "score": 5}
    feeding_calls = holds(Permission.FEED_CALLS)
    yield Ask("POST", "/api/ratings", "/api/ratings", feeding_calls, (201,), json=rating)


def open311_asks(told: Told) -> Iterable[Ask]:
    """GeoReport in both forms; what a program sees is its own, which is nothing here."""
    everybody, v2 = Openness.EVERYBODY, "/api/open311/v2"
    feeding = holds(Permission.FEED_CASES, Permission.TAKE_CALLS)
    seeing = holds(Permission.FEED_CASES, Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)
    report = {
        "service_code": "roads", "address_string": "人民路", "description": "路灯不亮",
        "attribute[kind]": "help", "attribute[region]": "province",
    }  # fmt: skip
    for form in ("json", "xml"):
        at = f"/api/open311/discovery.{form}"
        yield Ask("GET", at, at, everybody)
        yield Ask("GET", f"{v2}/services.{form}", f"{v2}/services.{form}", everybody)
        of_service, service = f"{v2}/services/{{code}}.{form}", f"{v2}/services/roads.{form}"
        yield Ask("GET", of_service, service, everybody)
        requests = f"{v2}/requests.{form}"
        yield Ask("POST", requests, requests, feeding, form=report)
        yield Ask("GET", requests, requests, seeing)
        updates = f"{v2}/servicerequestupdates.{form}"
        said = {"service_request_id": told.dispatched, "update_id": form, "status": "open"}
        handling = holds(Permission.HANDLE_ORDERS)
        # The first form's word signs for the order, which is done once.
        yield Ask("POST", updates, updates, handling, (200, 400), form=said)
        one = f"{v2}/requests/{told.dispatched}.{form}"
        yield Ask("GET", f"{v2}/requests/{{number}}.{form}", one, seeing, (200, 404))
        token = f"{v2}/tokens/{told.case}.{form}"
        yield Ask("GET", f"{v2}/tokens/{{token}}.{form}", token, seeing, (200, 404))


def order_asks(page: Told, api: Told) -> Iterable[Ask]:
    seeing = holds(Permission.SEE_ORDERS)
    either = holds(Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)
    yield Ask("GET", "/orders", "/orders", seeing)
    yield Ask("GET", "/unit", "/unit", holds(Permission.HANDLE_ORDERS))
    yield Ask("GET", "/orders/export", "/orders/export?tab=all", seeing)
    yield Ask("GET", "/unit/export", "/unit/export", holds(Permission.HANDLE_ORDERS))
    yield Ask("GET", "/api/orders", "/api/orders", either)
    yield Ask("GET", "/api/orders", "/api/orders?unit=housing", either)
    yield Ask("GET", "/api/orders", "/api/orders?unit=water", seeing)
    for base, told in (("/orders", page), ("/api/orders", api)):
        for number, own in ((told.dispatched, True), (told.elsewhere, False)):
            yield Ask("GET", base + "/{number}", f"{base}/{number}", sees(own=own))
    yield from attachment_asks(page)
    yield from view_asks(either)
    contact = "/orders/{number}/contact"
    for number, own in ((page.dispatched, True), (page.elsewhere, False)):
        yield Ask("POST", contact, f"/orders/{number}/contact", unmasks(own=own))
    yield from step_asks("/orders", page, 303)
    yield from step_asks("/api/orders", api, 200)


INTAKE = (Step.CONFIRM, Step.ADMIT, Step.DECLINE, Step.TRANSFER, Step.MERGE)
"""What the operator does with an order that no unit has, or with one that is dispatched by then.

What somebody proposed he may not confirm himself: the review stands before the proposal.
"""


def attachment_asks(told: Told) -> Iterable[Ask]:
    """Files of an order, of a unit's and of another's; nothing bears the other numbers."""
    for base in ("", "/api"):
        route = base + "/attachments/{kind}/{number}"
        for number, own in ((told.dispatched, True), (told.elsewhere, False)):
            path = f"{base}/attachments/orders/{number}"
            yield Ask("GET", route, path, sees(own=own))

            def attaches(role: Role, own: bool = own) -> bool:
                return sees_order(role, own=own) and holds(*ATTACHING)(role)

            status = (201,) if base else (303,)
            yield Ask("POST", route, path, attaches, status, file="现场.txt")
        for kind, seeing in (
            ("exemptions", Permission.SEE_INDICATORS), ("topics", Permission.SEE_TRAINING),
        ):  # fmt: skip
            yield Ask("GET", route, f"{base}/attachments/{kind}/X-1", holds(seeing), (404,))


def view_asks(either: Callable[[Role], bool]) -> Iterable[Ask]:
    """Saved views: everybody's own; there is none of that number."""
    yield Ask("GET", "/api/views", "/api/views", either)
    yield Ask("POST", "/views", "/views", either, (303,), {"name": "供暖"})
    body: dict[str, object] = {"name": "供水"}
    yield Ask("POST", "/api/views", "/api/views", either, (201,), json=body)
    for base in ("", "/api"):
        route = base + "/views/{number}/remove"
        yield Ask("POST", route, f"{base}/views/999/remove", either, (404,))


CO_UNITS_AND_HOLDS = (
    Step.ENLIST, Step.CO_MISSING, Step.SUSPEND, Step.HOLD, Step.DENY_HOLD, Step.RESUME,
)  # fmt: skip
"""Co-units and holds; the co-unit's own reply is tried where there is one."""


def step_asks(base: str, told: Told, status: int) -> Iterable[Ask]:
    """Every step where the order's state allows it, and one of another unit's order."""
    for number, step, own in (
        (told.accepted, Step.ANSWER, False),
        (told.accepted, Step.DISPATCH, False),
        *((told.accepted, step, False) for step in INTAKE),
        (told.elsewhere, Step.SIGN, False),
        (told.dispatched, Step.RETURN, True),
        (told.dispatched, Step.SIGN, True),
        (told.dispatched, Step.DISPUTE, True),
        (told.disputed, Step.UPHOLD, True),
        (told.disputed, Step.REJECT, True),
        (told.signed, Step.REPLY, True),
        (told.replied, Step.REWORK, True),
        (told.replied, Step.APPROVE, True),
        (told.approved, Step.COMPLETE, True),
        (told.completed, Step.REDO, True),
        (told.completed, Step.REOPEN, True),
        *((told.replied, step, True) for step in CO_UNITS_AND_HOLDS),
    ):
        told_json = {"unit": "housing" if step is Step.DISPATCH else "", "remark": "说明"}
        if step in INTAKE:
            told_json |= {"reason": "petition", "service": "110", "lead": told.signed}
        if step in CO_UNITS_AND_HOLDS:
            told_json |= {"co_unit": "water", "until": "2026-12-20"}
        path = f"{base}/{number}/{step}"
        # The second and third step of one order find it in the state the first one left: 409.
        answers = (status, 409)
        if base == "/orders":
            yield Ask("POST", "/orders/{number}/{step}", path, takes(step, own=own), answers,
                      told_json)  # fmt: skip
        else:
            yield Ask("POST", "/api/orders/{number}/{step}", path, takes(step, own=own), answers,
                      json=dict(told_json))  # fmt: skip


def callback_asks(page: Told, api: Told) -> Iterable[Ask]:
    calling = holds(Permission.CALL_BACK)
    yield Ask("GET", "/callbacks", "/callbacks", calling)
    yield Ask("GET", "/api/callbacks", "/api/callbacks", calling)
    route = "/callbacks/{order}/{cycle}"
    at = f"/callbacks/{page.completed}/1"
    yield Ask("GET", route, at, calling)
    yield Ask("POST", f"{route}/contact", f"{at}/contact", dials)
    answers = {"resolved": "yes", "result": "5", "attitude": "none", "recording": "rec"}
    forms = {
        "attempt": ({"result": "busy"}, 303),
        "unreachable": ({}, 409),
        "reached": (answers, 303),
        "refused": ({"recording": "rec"}, 409),
        "undo": ({}, 303),
    }
    for what, (form, status) in forms.items():
        yield Ask("POST", f"{route}/{what}", f"{at}/{what}", calling, (status,), form)
    at = f"/api/callbacks/{api.completed}/1"
    said: dict[str, object] = {"resolved": "no", "result": 1, "attitude": None, "recording": "r"}
    bodies: dict[str, tuple[dict[str, object], int]] = {
        "attempt": ({"result": "no_answer"}, 200),
        "unreachable": ({}, 409),
        "reached": (said, 200),
        "refused": ({"recording": "rec"}, 409),
        "undo": ({}, 200),
    }
    for what, (body, status) in bodies.items():
        yield Ask("POST", f"/api{route}/{what}", f"{at}/{what}", calling, (status,), json=body)


def call_asks() -> Iterable[Ask]:
    """Calls, and the feed of the telephone system."""
    seeing = holds(Permission.SEE_CALLS)
    for path in ("/calls", "/api/calls", "/api/calls/now"):
        yield Ask("GET", path, path, seeing)
    for base in ("", "/api"):
        route, at = base + "/calls/{call:path}", f"{base}/calls/17954154.4"
        yield Ask("GET", route, at, seeing)
        yield Ask("POST", f"{route}/unmask", f"{at}/unmask", sees_and_unmasks)
    batch: dict[str, object] = {"source": "pbx", "events": []}
    feeding = holds(Permission.FEED_CALLS)
    yield Ask("POST", "/api/calls/events", "/api/calls/events", feeding, json=batch)


def seat_asks() -> Iterable[Ask]:
    """Who is at a seat; nobody who signed in there leaves it twice."""
    taking = holds(Permission.TAKE_CALLS)
    yield Ask("GET", "/api/seats/people", "/api/seats/people", holds(Permission.SEE_CALLS))
    for path in ("/seats/in-service", "/api/seats/in-service", "/api/seats/in-service/moves"):
        yield Ask("GET", path, path, holds(Permission.SEE_INDICATORS))
    correcting, form = holds(Permission.CORRECT_SERVICE), {
        "seat": "37", "recorded": "2026-03-02T01:00:00Z", "to": "2026-03-01T01:00:00Z",
        "reason": "验收单",
    }  # fmt: skip
    path = "/seats/in-service/correct"
    yield Ask("POST", path, path, correcting, (404,), form)
    body: dict[str, object] = {key: form[key] for key in ("recorded", "to", "reason")}
    path = "/api/seats/{seat}/in-service/correct"
    yield Ask("POST", path, "/api/seats/37/in-service/correct", correcting, (404,), json=body)
    route, at = "/api/seats/{seat}/sign-in", "/api/seats/37/sign-in"
    yield Ask("POST", route, at, taking)
    yield Ask("POST", "/api/seats/sign-out", "/api/seats/sign-out", taking, (200, 409))
    yield Ask("POST", "/seats/sign-in", "/seats/sign-in", taking, (303,), {"seat": "38"})
    yield Ask("POST", "/seats/sign-out", "/seats/sign-out", taking, (303, 409))


def knowledge_asks() -> Iterable[Ask]:
    """The knowledge base; nothing is in it, so whoever may act finds nothing to act upon."""
    searching, seeing = holds(Permission.SEARCH_KNOWLEDGE), holds(Permission.SEE_KNOWLEDGE)
    writing, reviewing = holds(Permission.WRITE_KNOWLEDGE), holds(Permission.REVIEW_KNOWLEDGE)
    base, api, absent = "/knowledge", "/api/knowledge", (404,)
    for path in (base, f"{base}/hits?kb=a", f"{base}/enquiries", f"{api}/search?q=a"):
        yield Ask("GET", path.partition("?")[0], path, searching)
    for path in (f"{base}/articles", f"{base}/notices"):
        yield Ask("GET", path, path, seeing)
    for what in ("articles", "notices", "enquiries"):
        yield Ask("GET", f"{api}/{what}", f"{api}/{what}", seeing)
    yield Ask("GET", f"{base}/articles/new", f"{base}/articles/new", writing)
    yield Ask("GET", f"{base}/open/{{number}}", f"{base}/open/K-1", searching, absent)
    article, version = "/articles/{number}", "/articles/{number}/versions/{version}"
    yield Ask("GET", base + article, f"{base}/articles/K-1", searching, absent)
    yield Ask("GET", api + article, f"{api}/articles/K-1", seeing, absent)
    current = f"{api}/articles/{{number}}/in-force"
    yield Ask("GET", current, f"{api}/articles/K-1/in-force", searching, absent)
    for at in (base, api):
        yield Ask("GET", at + version, f"{at}/articles/K-1/versions/1", seeing, absent)
        yield Ask("GET", f"{at}/notices/{{number}}", f"{at}/notices/U-1", seeing, absent)
        withdrawing = holds(Permission.WITHDRAW_NOTICES)
        yield Ask("POST", f"{at}/notices/{{number}}/withdraw", f"{at}/notices/U-1/withdraw",
                  withdrawing, absent, *why(at, "reason"))  # fmt: skip
        for step in ArticleStep:
            if step is not ArticleStep.ENTER:
                may = reviewing if ARTICLE_PERMISSION[step] in REVIEWS else writing
                yield Ask("POST", f"{at}/articles/{{number}}/{{step}}",
                          f"{at}/articles/K-1/{step}", may, absent, *why(at, "reason"))  # fmt: skip
        for enquiry, may in (("answer", writing), ("adopt", writing), ("close", searching)):
            yield Ask("POST", f"{at}/enquiries/{{number}}/{{step}}",
                      f"{at}/enquiries/Q-1/{enquiry}", may, absent, *why(at, "text"))  # fmt: skip
        bad = (422,)
        yield Ask("POST", f"{at}/articles", f"{at}/articles", writing, bad, *why(at, "title"))
        asked = {"kind": "question", "text": ""}
        yield Ask("POST", f"{at}/enquiries", f"{at}/enquiries", searching, bad, *sent(at, asked))
        empty: dict[str, object] = {"source": "", "asked_by": "", "points": []}
        form = {} if at == base else empty
        yield Ask("POST", f"{at}/notices", f"{at}/notices", writing, bad, *sent(at, form))
    cited = "/orders/{number}/cited/{article}/{version}"
    either = holds(Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)
    yield Ask("GET", cited, "/orders/W-1/cited/K-1/1", either, absent)
    yield Ask("GET", f"{base}/enquiries/{{number}}", f"{base}/enquiries/Q-1", searching, absent)


REVIEWS = {Permission.REVIEW_KNOWLEDGE}


def training_asks() -> Iterable[Ask]:
    """Hot topics; none was declared."""
    seeing, taking = holds(Permission.SEE_TRAINING), holds(Permission.TAKE_TRAINING)
    declaring, base, api = holds(Permission.DECLARE_TOPICS), "/training", "/api/training"
    yield Ask("GET", base, base, seeing)
    yield Ask("GET", "/learning", "/learning", taking)
    yield Ask("GET", f"{api}/topics", f"{api}/topics", seeing)
    yield Ask("GET", f"{api}/mine", f"{api}/mine", taking)
    empty = {"title": "", "points": ""}
    yield Ask("POST", base, base, declaring, (422,), *sent(base, empty))
    yield Ask("POST", f"{api}/topics", f"{api}/topics", declaring, (422,), *sent(api, empty))
    for at in (base, f"{api}/topics"):
        yield Ask("GET", f"{at}/{{number}}", f"{at}/T-1", seeing, (404,))
        for step, may, fields in (
            ("attend", holds(Permission.RECORD_TRAINING), {"people": ["agent"]}),
            ("excuse", holds(Permission.EXCUSE_TRAINING), {"person": "agent", "reason": "病假"}),
            ("complete", taking, {}),
        ):
            form = {} if at == base else fields
            yield Ask("POST", f"{at}/{{number}}/{step}", f"{at}/T-1/{step}", may, (404,),
                      *sent(at, form))  # fmt: skip


def why(at: str, name: str) -> tuple[dict[str, str], dict[str, object] | None]:
    return sent(at, {name: "说明"})


def sent(at: str, fields: Mapping[str, object]) -> tuple[dict[str, str], dict[str, object] | None]:
    """The same as a form of a page, or as the body of a program."""
    if at.startswith("/api/"):
        return {}, dict(fields)
    return {name: str(value) for name, value in fields.items()}, None


def sees_and_unmasks(role: Role) -> bool:
    return {Permission.SEE_CALLS, Permission.UNMASK_CONTACTS} <= PERMISSIONS[role]


def adjudication_asks() -> Iterable[Ask]:
    seeing = holds(Permission.SEE_ADJUDICATIONS)
    filing = holds(Permission.FILE_COMPLAINTS)
    either = holds(Permission.SEE_ADJUDICATIONS, Permission.FILE_COMPLAINTS)
    deciding = holds(Permission.ADJUDICATE, Permission.APPROVE_APPEALS)
    taking_back = holds(Permission.APPEAL_ORDERS, Permission.SIGN_NIL_RETURNS)
    yield Ask("GET", "/adjudications", "/adjudications", seeing)
    yield Ask("GET", "/adjudications/new", "/adjudications/new", filing)
    signing = holds(Permission.SIGN_NIL_RETURNS)
    yield Ask("GET", "/adjudications/new", "/adjudications/new?kind=nil_return", signing)
    yield Ask("GET", "/api/adjudications", "/api/adjudications", seeing)
    complaint = {"kind": "complaint", "person": "agent", "nature": "attitude", "text": "态度生硬"}
    yield Ask("POST", "/adjudications", "/adjudications", filing, (303,), complaint)
    path = "/api/adjudications"
    yield Ask("POST", path, path, filing, (201,), json=dict(complaint))
    for base in ("/adjudications", "/api/adjudications"):
        at = f"{base}/J-20200101-001"
        yield Ask("GET", base + "/{number}", at, either, (404,))
        for step, rule in (("uphold", deciding), ("withdraw", taking_back)):
            route = base + "/{number}/{step}"
            yield Ask("POST", route, f"{at}/{step}", rule, (404,),
                      json={} if base.startswith("/api") else None)  # fmt: skip


def register_asks() -> Iterable[Ask]:
    """An activity that is planned: its pages and steps, the two sides' apart."""
    seeing, working = holds(Permission.SEE_REGISTERS), holds(Permission.WORK_REGISTERS)
    accepting = holds(Permission.ACCEPT_REGISTERS)
    either = holds(Permission.WORK_REGISTERS, Permission.ACCEPT_REGISTERS)
    yield Ask("GET", "/registers", "/registers", seeing, (303,))
    yield Ask("GET", "/api/registers", "/api/registers", seeing)
    of_kind, at_kind = "/registers/{kind_name}", "/registers/activities"
    of_item, at_item = "/registers/items/{number}", f"/registers/items/{PLANNED}"
    yield Ask("GET", f"{of_kind}/new", f"{at_kind}/new", either)
    yield Ask("GET", f"{of_kind}/export", f"{at_kind}/export", seeing)
    form = {"title": "走访", "due_on": "2026-12-30", "field.theme": "走基层"}
    yield Ask("POST", f"{of_kind}/new", f"{at_kind}/new", working, (303,), form)
    posted = {"title": "走访", "due_on": "2026-12-30", "fields": {"theme": "走基层"}}
    yield Ask("POST", f"/api{of_kind}", f"/api{at_kind}", working, (201,), json=posted)
    wish: dict[str, object] = {"due_on": "2026-12-31", "reason": "场地"}
    for base, done in (("", 303), ("/api", 200)):
        yield Ask("GET", base + of_kind, base + at_kind, seeing)
        yield Ask("GET", base + of_item, base + at_item, seeing)
        of_table, at_table = f"{base}{of_kind}/import", f"{base}{at_kind}/import"
        yield Ask("POST", of_table, at_table, either, (422,), file="a.xlsx")
        step = f"{base}{at_item}/start"
        yield Ask("POST", f"{base}{of_item}/{{step}}", step, working, (done, 409), file="a.txt")
        of_due, at_due = f"{base}{of_item}/due", f"{base}{at_item}/due"
        body = {"form": {n: str(v) for n, v in wish.items()}} if done == 303 else {"json": wish}
        yield Ask("POST", of_due, at_due, working, (done, 409), **body)  # type: ignore[arg-type]
        why = {"reason": "不便"}
        said = {"form": why} if done == 303 else {"json": why}
        of_decision, at_decision = f"{of_due}/{{decision}}", f"{at_due}/refuse"
        yield Ask("POST", of_decision, at_decision, accepting, (done, 409), **said)  # type: ignore[arg-type]
        reading = holds(Permission.ACKNOWLEDGE_DOCUMENTS, Permission.SEE_REGISTERS)
        yield Ask("GET", f"{base}/library", f"{base}/library", reading)
        of_reading = f"{base}/library/{{number}}/acknowledge"
        staff = holds(Permission.ACKNOWLEDGE_DOCUMENTS)
        at_reading = f"{base}/library/{PLANNED}/acknowledge"
        yield Ask("POST", of_reading, at_reading, staff, (409,))


def leaving_asks() -> Iterable[Ask]:
    """Signing in ends or changes who is signed in: asked last."""
    wrong = {"name": "nobody", "password": "wrong-wrong"}
    yield Ask("POST", "/login", "/login", Openness.EVERYBODY, (401,), wrong)
    yield Ask("POST", "/logout", "/logout", Openness.EVERYBODY, (303,))


def every_ask(page: Told, api: Told) -> list[Ask]:
    return [
        *platform_asks(),
        *report_asks(),
        *intake_asks(page),
        *open311_asks(page),
        *order_asks(page, api),
        *callback_asks(page, api),
        *call_asks(),
        *seat_asks(),
        *knowledge_asks(),
        *training_asks(),
        *adjudication_asks(),
        *register_asks(),
        *leaving_asks(),
    ]


PLANNED = "R-20261123-00001"
"""The one item of planned work."""
NAMES = Told(*"abcdefghi")


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Method and template of every route; HEAD goes with GET."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_every_route_stands_in_the_table(served: Served) -> None:
    app = create_application(served.dependencies)
    assert routes(app) == {(ask.method, ask.route) for ask in every_ask(NAMES, NAMES)}


async def status_of(client: httpx.AsyncClient, ask: Ask) -> int:
    if ask.stream:
        return await status_of_stream(client, ask)
    files = {"files": (ask.file, b"x")} if ask.file else None
    answer = await client.request(
        ask.method,
        ask.path,
        json=ask.json,
        data=ask.form if ask.json is None else None,
        files=files,
    )
    return answer.status_code


async def status_of_stream(client: httpx.AsyncClient, ask: Ask) -> int:
    """What the answer begins with: a stream that is let in goes on for ever."""
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    application = client._transport.app  # type: ignore[attr-defined]

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            if message["type"] == "http.response.start" and not status.done():
                status.set_result(message["status"])
            await send(message)

        await application(scope, receive, note)

    beside = httpx.AsyncClient(
        transport=httpx.ASGITransport(noting),
        base_url=client.base_url,
        headers=client.headers,
        cookies=client.cookies,
    )
    async with beside:
        request = asyncio.create_task(beside.request(ask.method, ask.path))
        try:
            async with asyncio.timeout(60):
                return await status
        finally:
            request.cancel()
            with suppress(asyncio.CancelledError):
                await request


@pytest.fixture
def told(served: Served) -> tuple[Told, Told]:
    """One story for the pages and one for the API."""
    page, api = tell(served), tell(served, "c-2", 100)
    with served.unit_of_work() as uow:
        draft = PlanDraft("走访", date(2026, 12, 20), {"theme": "走基层"})
        assert plan_item(uow, served.dependencies.site, "activities", draft).number == PLANNED
    with served.dependencies.database.reading() as session:
        assert {"pbx:c-1", "pbx:c-2"} <= set(session.scalars(select(CallRow.call)))
    return page, api


@pytest.mark.parametrize("role", Role)
@pytest.mark.usefixtures("day")
async def test_a_role_is_let_in_where_the_table_says_and_refused_elsewhere(
    stranger: httpx.AsyncClient, served: Served, told: tuple[Told, Told], role: Role
) -> None:
    await sign_in(stranger, role.value)
    for ask in every_ask(*told):
        status = await status_of(stranger, ask)
        if ask.allowed(role):
            assert status in ask.served, (ask, status)
            continue
        assert status == 403, (ask, status)
        with served.dependencies.database.reading() as session:
            last = read_audit(session, limit=1)[0]
        assert (last.actor, last.action) == (role.value, "refused"), ask
        assert ask.path.partition("?")[0] in last.detail, ask


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.usefixtures("day")
async def test_a_stranger_gets_nowhere(
    stranger: httpx.AsyncClient, told: tuple[Told, Told], accept: str
) -> None:
    stranger.headers["accept"] = accept
    for ask in every_ask(*told):
        status = await status_of(stranger, ask)
        if ask.rule == Openness.EVERYBODY:
            assert status in ask.served, (ask, status)
            continue
        page = ask.method == "GET" and accept == "text/html" and not ask.path.startswith(PROGRAMS)
        # GeoReport knows 403 alone for a key that is missing.
        program = 403 if ask.path.startswith("/api/open311/") else 401
        assert status == (303 if page and not ask.stream else program), (ask, status)
