"""Who may do what: roles, permissions, and the table that joins them (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import Message, message


class Role(StrEnum):
    """What a person, or a program that feeds events, is in the centre."""

    NETWORK_ENGINEER = "network_engineer"
    DUTY_TECHNICIAN = "duty_technician"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    """Takes calls and writes orders."""
    DISPATCHER = "dispatcher"
    """Hands orders to the units and reviews their replies."""
    CALLBACK_AGENT = "callback_agent"
    KNOWLEDGE_EDITOR = "knowledge_editor"
    """Keeps the knowledge base up to date (知识管理员)."""
    UNIT_HANDLER = "unit_handler"
    """Answers for the orders of one government unit: the other side of the table."""
    INTERFACE = "interface"
    """A program that feeds events: telephone system, web form."""
    METRICS_READER = "metrics_reader"
    """A program that reads how the product itself fares: Prometheus."""
    PURCHASER_SUPERVISOR = "purchaser_supervisor"
    """Approves, accepts, adjudicates and seals for the purchaser, and works in no operation."""


ROLE_WORDS: Mapping[Role, Message] = MappingProxyType(
    {
        Role.NETWORK_ENGINEER: message("网络工程师"),
        Role.DUTY_TECHNICIAN: message("值班技术员"),
        Role.SUPERVISOR: message("班长"),
        Role.ADMINISTRATOR: message("管理员"),
        Role.AGENT: message("话务员"),
        Role.DISPATCHER: message("派单员"),
        Role.CALLBACK_AGENT: message("回访员"),
        Role.KNOWLEDGE_EDITOR: message("知识管理员"),
        Role.PURCHASER_SUPERVISOR: message("采购人代表"),
        Role.UNIT_HANDLER: message("承办单位经办人"),
        Role.INTERFACE: message("接口程序"),
        Role.METRICS_READER: message("监控程序"),
    }
)
"""What screens and refusals call them."""


class Permission(StrEnum):
    """What can be allowed."""

    SEE_WALL = "see_wall"
    SEE_INCIDENTS = "see_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    CONFIRM_FALSE_ALARMS = "confirm_false_alarms"
    """Be the second person who says that an incident was a false alarm, or that it was none after
    all (:mod:`incident.false_alarm`). An exclusion is approved on the purchaser's side
    (domain/ops.md, section 2, common rule 6): no role of the operator holds it."""
    CORRECT_SERVICE = "correct_service"
    """Say when a terminal really came into service or left it (:mod:`seat_assets.correcting`): it
    moves past figures, so that it is the purchaser's."""
    DEPLOY = "deploy"
    APPROVE_CHANGES = "approve_changes"
    """Be the second person who lets a change of the network be carried out; never one's own
    (:mod:`device_configs.changes.service`)."""
    OPERATE_TWIN = "operate_twin"
    SEE_AUDIT = "see_audit"
    ADMINISTER = "administer"
    SEE_CALLS = "see_calls"
    TAKE_CALLS = "take_calls"
    SEE_ORDERS = "see_orders"
    DISPATCH_ORDERS = "dispatch_orders"
    REVIEW_ORDERS = "review_orders"
    HANDLE_ORDERS = "handle_orders"
    """Take the steps of the actor's own unit, and see its orders; not those of another unit."""
    ANSWER_ORDERS = "answer_orders"
    """Give the citizen of a web order the first answer; a person's alone."""
    APPEAL_ORDERS = "appeal_orders"
    """Apply for an order to be left out of indicator 2 (需申诉工单): the operator's side."""
    APPROVE_APPEALS = "approve_appeals"
    """Decide such an application: the purchaser's side."""
    FILE_COMPLAINTS = "file_complaints"
    """Put a complaint about the service on record, whoever received it."""
    REPORT_OPINION_EVENTS = "report_opinion_events"
    SIGN_NIL_RETURNS = "sign_nil_returns"
    """Sign that a month had no serious event of public opinion."""
    SEE_ADJUDICATIONS = "see_adjudications"
    ADJUDICATE = "adjudicate"
    """Decide causes of returns, complaints and events: the purchaser's side
    (:mod:`ops_core.hotline.adjudications`)."""
    SUPERVISE_ORDERS = "supervise_orders"
    """Decide on more time for an order (延期) and put one under supervision (督办): the purchaser's
    side alone (domain/ops.md, section 3)."""
    SET_DEADLINES = "set_deadlines"
    """Draft a version of the deadlines of orders, and approve one that the other side drafted
    (:mod:`ops_core.hotline.deadline_policies`)."""
    CALL_BACK = "call_back"
    SEARCH_KNOWLEDGE = "search_knowledge"
    """Read the versions of the knowledge base that are in force; report errors, ask questions."""
    SEE_KNOWLEDGE = "see_knowledge"
    """See drafts, past versions, update notices and their clocks as well."""
    WRITE_KNOWLEDGE = "write_knowledge"
    """Record update notices, write drafts, answer corrections and questions."""
    REVIEW_KNOWLEDGE = "review_knowledge"
    """Publish or send back what another person wrote, and end a version
    (:mod:`ops_core.knowledge.articles.model`)."""
    WITHDRAW_NOTICES = "withdraw_notices"
    """Take an update notice back in the name of who issued it: it is left out of indicator 8, so
    the purchaser's side alone may (domain/ops.md, section 2, common rule 6)."""
    SEE_TRAINING = "see_training"
    """See hot topics with everybody they concern."""
    DECLARE_TOPICS = "declare_topics"
    """Declare a hot topic: the 24 hours of indicator 7 begin."""
    RECORD_TRAINING = "record_training"
    """Record who attended a session; never oneself."""
    TAKE_TRAINING = "take_training"
    """Read the material of a hot topic and pass its test, each for himself."""
    EXCUSE_TRAINING = "excuse_training"
    """Approve an absence, so that it is not counted: the purchaser's side alone."""
    SEE_INDICATORS = "see_indicators"
    SEE_REPORTS = "see_reports"
    WRITE_REPORTS = "write_reports"
    """Draft, write and submit the reports that are owed."""
    REVIEW_REPORTS = "review_reports"
    """Let a report pass that somebody else wrote (:mod:`ops_core.obligations.model`)."""
    RECEIVE_REPORTS = "receive_reports"
    """Receive, return or waive a report: the purchaser's side alone."""
    REQUEST_EXEMPTIONS = "request_exemptions"
    """Ask, for the operator, that records leave an indicator
    (:mod:`ops_core.kpi.assessment.exemptions`)."""
    APPROVE_EXEMPTIONS = "approve_exemptions"
    """Decide on such a request for the purchaser."""
    SUBMIT_PERIODS = "submit_periods"
    """Hand a month's figures in for the operator, and propose a restatement
    (:mod:`ops_core.kpi.assessment.periods`)."""
    SEAL_PERIODS = "seal_periods"
    """Object to them, seal and restate them for the purchaser."""
    UNMASK_CONTACTS = "unmask_contacts"
    FEED_CALLS = "feed_calls"
    FEED_CASES = "feed_cases"
    SEE_HEALTH = "see_health"
    """How the product itself fares: its workers, agents, queues."""
    READ_METRICS = "read_metrics"
    """The same for a program."""
    SEE_REGISTERS = "see_registers"
    """Look into the registers of planned work, and their evidence."""
    WORK_REGISTERS = "work_registers"
    """Plan, carry out and hand in planned work, on the operator's side."""
    ACCEPT_REGISTERS = "accept_registers"
    """Accept or return what was handed in, assign work, and agree to another due date, on the
    purchaser's side: no role of the operator holds it."""
    ACKNOWLEDGE_DOCUMENTS = "acknowledge_documents"
    """Read the documents of the centre that are in effect, and say so: every person of the
    operator's."""


_SEEING = frozenset({Permission.SEE_WALL, Permission.SEE_INCIDENTS, Permission.SEE_INDICATORS})
_TECHNICAL = _SEEING | {
    Permission.HANDLE_INCIDENTS,
    Permission.SEE_CALLS,
    Permission.SEE_HEALTH,
    Permission.READ_METRICS,
    Permission.ACKNOWLEDGE_DOCUMENTS,
}
_STAFF = frozenset({Permission.ACKNOWLEDGE_DOCUMENTS})
_ORDERS = _STAFF | {Permission.SEE_WALL, Permission.SEE_ORDERS}
_REGISTERS = frozenset({Permission.SEE_REGISTERS, Permission.WORK_REGISTERS})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.NETWORK_ENGINEER: _TECHNICAL
        | {Permission.DEPLOY, Permission.APPROVE_CHANGES, Permission.OPERATE_TWIN},
        Role.DUTY_TECHNICIAN: _TECHNICAL,
        Role.SUPERVISOR: _TECHNICAL
        | _REGISTERS
        | {
            Permission.SEE_AUDIT,
            Permission.SEE_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.SET_DEADLINES,
            Permission.UNMASK_CONTACTS,
            Permission.APPROVE_CHANGES,
            Permission.SEE_REPORTS,
            Permission.WRITE_REPORTS,
            Permission.REVIEW_REPORTS,
            Permission.SEE_TRAINING,
            Permission.DECLARE_TOPICS,
            Permission.RECORD_TRAINING,
            Permission.SEARCH_KNOWLEDGE,
            Permission.SEE_KNOWLEDGE,
            Permission.REVIEW_KNOWLEDGE,
            Permission.ANSWER_ORDERS,
            Permission.APPEAL_ORDERS,
            Permission.FILE_COMPLAINTS,
            Permission.REPORT_OPINION_EVENTS,
            Permission.SIGN_NIL_RETURNS,
            Permission.SEE_ADJUDICATIONS,
            Permission.REQUEST_EXEMPTIONS,
            Permission.SUBMIT_PERIODS,
        },
        Role.ADMINISTRATOR: _SEEING
        | _STAFF
        | {
            Permission.SEE_AUDIT,
            Permission.ADMINISTER,
            Permission.SEE_HEALTH,
            Permission.READ_METRICS,
        },
        Role.AGENT: _ORDERS
        | {
            Permission.SEE_CALLS,
            Permission.TAKE_CALLS,
            Permission.TAKE_TRAINING,
            Permission.SEARCH_KNOWLEDGE,
            Permission.ANSWER_ORDERS,
            Permission.FILE_COMPLAINTS,
        },
        Role.DISPATCHER: _ORDERS
        | _REGISTERS
        | {
            Permission.SEE_CALLS,
            Permission.DISPATCH_ORDERS,
            Permission.REVIEW_ORDERS,
            Permission.SEE_REPORTS,
            Permission.WRITE_REPORTS,
            Permission.SEARCH_KNOWLEDGE,
            Permission.ANSWER_ORDERS,
            Permission.APPEAL_ORDERS,
            Permission.FILE_COMPLAINTS,
            Permission.REPORT_OPINION_EVENTS,
            Permission.SEE_ADJUDICATIONS,
        },
        Role.CALLBACK_AGENT: _ORDERS
        | {
            Permission.CALL_BACK,
            Permission.UNMASK_CONTACTS,
            Permission.TAKE_TRAINING,
            Permission.SEARCH_KNOWLEDGE,
            Permission.FILE_COMPLAINTS,
        },
        Role.KNOWLEDGE_EDITOR: frozenset(
            {
                Permission.ACKNOWLEDGE_DOCUMENTS,
                Permission.SEE_WALL,
                Permission.SEE_INDICATORS,
                Permission.SEE_TRAINING,
                Permission.DECLARE_TOPICS,
                Permission.RECORD_TRAINING,
                Permission.SEARCH_KNOWLEDGE,
                Permission.SEE_KNOWLEDGE,
                Permission.WRITE_KNOWLEDGE,
                Permission.REVIEW_KNOWLEDGE,
            }
        ),
        Role.UNIT_HANDLER: frozenset({Permission.HANDLE_ORDERS, Permission.UNMASK_CONTACTS}),
        Role.INTERFACE: frozenset({Permission.FEED_CALLS, Permission.FEED_CASES}),
        Role.METRICS_READER: frozenset({Permission.READ_METRICS}),
        Role.PURCHASER_SUPERVISOR: _SEEING
        | {
            Permission.SEE_TRAINING,
            Permission.DECLARE_TOPICS,
            Permission.EXCUSE_TRAINING,
            Permission.SEARCH_KNOWLEDGE,
            Permission.SEE_KNOWLEDGE,
            Permission.WITHDRAW_NOTICES,
            Permission.SEE_AUDIT,
            Permission.SEE_CALLS,
            Permission.SEE_ORDERS,
            Permission.SUPERVISE_ORDERS,
            Permission.SET_DEADLINES,
            Permission.CONFIRM_FALSE_ALARMS,
            Permission.CORRECT_SERVICE,
            Permission.SEE_REPORTS,
            Permission.RECEIVE_REPORTS,
            Permission.APPROVE_APPEALS,
            Permission.FILE_COMPLAINTS,
            Permission.REPORT_OPINION_EVENTS,
            Permission.SEE_ADJUDICATIONS,
            Permission.ADJUDICATE,
            Permission.SEE_REGISTERS,
            Permission.ACCEPT_REGISTERS,
            Permission.APPROVE_EXEMPTIONS,
            Permission.SEAL_PERIODS,
        },
    }
)


class Side(StrEnum):
    """The parties at the table, each of which the others' work is held against."""

    OPERATOR = "operator"
    """Runs the hotline under the contract."""
    PURCHASER = "purchaser"
    """Ordered the service, and judges it."""
    UNIT = "unit"
    """A government unit, which handles what citizens ask for. That must not be contracted out
    (国办函〔2025〕66号, 三)."""


PROGRAM_ROLES: tuple[Role, ...] = (Role.INTERFACE, Role.METRICS_READER)
PURCHASER_ROLES: tuple[Role, ...] = (Role.PURCHASER_SUPERVISOR,)
OPERATOR_ROLES: tuple[Role, ...] = tuple(
    role for role in Role if role not in (Role.UNIT_HANDLER, *PURCHASER_ROLES, *PROGRAM_ROLES)
)
"""The roles of the operator's people, any of which one person may hold together."""


def side_of(role: Role) -> Side | None:
    """Whose people hold the role; None for a program, which is no party."""
    if role in PROGRAM_ROLES:
        return None
    if role in PURCHASER_ROLES:
        return Side.PURCHASER
    return Side.UNIT if role is Role.UNIT_HANDLER else Side.OPERATOR


def may_be_held_at_once(roles: Iterable[Role]) -> bool:
    """Whether one account may hold all of these roles.

    They are all of the operator's side or all of the purchaser's; a program and a unit's handler
    have one role.
    """
    held = frozenset(roles)
    sides = {side_of(role) for role in held}
    return len(held) <= 1 or sides in ({Side.OPERATOR}, {Side.PURCHASER})


class ActorKind(StrEnum):
    """A person who signed in, or a part of the product acting by itself."""

    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever causes a change. As text: ``zhang.wei`` for a user, ``system:alerts`` for a part.

    ``unit`` names the government unit a handler answers for; empty for everyone else. ``by_token``
    is true of a user whose program acts in his name; ``limited_to``, if given, are the permissions
    the program was given of those its user has.
    """

    name: str
    kind: ActorKind
    roles: frozenset[Role] = frozenset()
    unit: str = ""
    by_token: bool = False
    limited_to: frozenset[Permission] | None = None

    def __str__(self) -> str:
        return self.name if self.kind is ActorKind.USER else f"{self.kind}:{self.name}"

    @property
    def is_person(self) -> bool:
        """Whether somebody acts himself: signed in, not by a token, not as a program."""
        return (
            self.kind is ActorKind.USER and not self.by_token and Role.INTERFACE not in self.roles
        )

    @property
    def side(self) -> Side | None:
        """The party the actor is of; None for a program and for a part of the product."""
        return next((side for role in sorted(self.roles) if (side := side_of(role))), None)

    @staticmethod
    def user(name: str, roles: Iterable[Role], unit: str = "") -> "Actor":
        return Actor(name, ActorKind.USER, frozenset(roles), unit)

    @staticmethod
    def system(name: str) -> "Actor":
        return Actor(name, ActorKind.SYSTEM)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything at least one of the roles allows."""
    return frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))


def allows(actor: Actor, permission: Permission) -> bool:
    """Whether the actor may. A system actor may do all: what it does was decided in code."""
    if actor.limited_to is not None and permission not in actor.limited_to:
        return False
    return actor.kind is ActorKind.SYSTEM or permission in permissions_of(actor.roles)


def require(actor: Actor, permission: Permission) -> None:
    """Raises :class:`Forbidden`, naming the roles that would do, unless the actor may."""
    if allows(actor, permission):
        return
    sufficient = [role for role, granted in PERMISSIONS.items() if permission in granted]
    refusal = Forbidden(
        "没有权限",
        message("{actor} 没有权限 {permission}。", actor=actor, permission=permission),
        message(
            "请由具备以下角色之一的人员操作，或请管理员授予角色：{roles}。",
            roles=tuple(ROLE_WORDS[role] for role in sufficient),
        ),
        members={"roles": [role.value for role in sufficient]},
    )
    refusal.permission = permission.value
    raise refusal


def require_any(actor: Actor, permissions: Sequence[Permission]) -> None:
    """Raises :class:`Forbidden`, naming the first, unless the actor has one of them."""
    if not any(allows(actor, permission) for permission in permissions):
        require(actor, permissions[0])
