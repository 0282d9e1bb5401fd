"""Everything that has an address: per area its routers, and its pages in the menu's order.

A new page is one more row here (docs/how-to/add-a-page.md).
"""

from dataclasses import dataclass

from fastapi import APIRouter

from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from wallboard import (
    accounts,
    consoles,
    device_accounts,
    documents,
    drift,
    evidence,
    palette,
    proofs,
)
from wallboard.adjudications import api as adjudications_api
from wallboard.adjudications import router as adjudications
from wallboard.administration import router as administration
from wallboard.assessment import api as assessment_api
from wallboard.assessment import exemptions
from wallboard.assessment import router as assessment
from wallboard.attachments import router as attachments
from wallboard.callbacks import api as callbacks_api
from wallboard.callbacks import router as callbacks
from wallboard.calls import api as calls_api
from wallboard.calls import router as calls
from wallboard.changes import router as changes
from wallboard.compliance import api as compliance_api
from wallboard.compliance import router as compliance
from wallboard.dependencies import Dependencies
from wallboard.drills import router as drills
from wallboard.health import router as health
from wallboard.incidents import api as incidents_api
from wallboard.incidents import router as incidents
from wallboard.indicators import api as indicators_api
from wallboard.indicators import router as indicators
from wallboard.intake import api as intake_api
from wallboard.intake import router as intake
from wallboard.knowledge import api as knowledge_api
from wallboard.knowledge import cited
from wallboard.knowledge import notices as knowledge_notices
from wallboard.knowledge import router as knowledge
from wallboard.lists import router as lists
from wallboard.menu import MenuEntry, MenuGroup
from wallboard.open311 import router as open311
from wallboard.orders import api as orders_api
from wallboard.orders import policies as deadline_policies
from wallboard.orders import router as orders
from wallboard.orders import views as saved_views
from wallboard.plays import router as plays
from wallboard.registers import api as registers_api
from wallboard.registers import items as register_items
from wallboard.registers import library
from wallboard.registers import router as registers
from wallboard.reports import api as reports_api
from wallboard.reports import router as reports
from wallboard.rooms import router as rooms
from wallboard.seats import api as seats_api
from wallboard.seats import router as seats
from wallboard.training import api as training_api
from wallboard.training import router as training
from wallboard.wall import router as wall


@dataclass(frozen=True, slots=True)
class Area:
    """Routers that belong together, and the pages of them that the menu offers."""

    routers: tuple[APIRouter, ...]
    entries: tuple[MenuEntry, ...] = ()


_WALL = MenuEntry("/wall", "w", message("总览"), Permission.SEE_WALL, MenuGroup.START)
_AGENT = MenuEntry("/agent", "a", message("接话"), Permission.TAKE_CALLS, MenuGroup.HOTLINE)
_ORDERS = MenuEntry("/orders", "o", message("工单"), Permission.SEE_ORDERS, MenuGroup.HOTLINE)
_UNIT = MenuEntry("/unit", "u", message("本单位工单"), Permission.HANDLE_ORDERS, MenuGroup.HOTLINE)
_CALLBACKS = MenuEntry(
    "/callbacks", "b", message("回访任务"), Permission.CALL_BACK, MenuGroup.HOTLINE
)
_KNOWLEDGE = MenuEntry(
    "/knowledge", "z", message("知识库"), Permission.SEARCH_KNOWLEDGE, MenuGroup.HOTLINE
)
_TRAINING = MenuEntry(
    "/training", "q", message("热点培训"), Permission.SEE_TRAINING, MenuGroup.HOTLINE
)
_LEARNING = MenuEntry(
    "/learning", "1", message("我的培训"), Permission.TAKE_TRAINING, MenuGroup.HOTLINE
)
_REGISTERS = MenuEntry(
    "/registers", "p", message("计划台账"), Permission.SEE_REGISTERS, MenuGroup.ASSESSMENT
)
_LIBRARY = MenuEntry(
    "/library", "f", message("现行制度"), Permission.ACKNOWLEDGE_DOCUMENTS, MenuGroup.ASSESSMENT
)
_INCIDENTS = MenuEntry("/incidents", "i", message("故障"), Permission.SEE_INCIDENTS, MenuGroup.SITE)
_CALLS = MenuEntry("/calls", "c", message("来电记录"), Permission.SEE_CALLS, MenuGroup.HOTLINE)
_DEVICES = MenuEntry("/devices", "d", message("设备"), Permission.SEE_INCIDENTS, MenuGroup.SITE)
_SEATS = MenuEntry("/seats", "s", message("席位"), Permission.SEE_INCIDENTS, MenuGroup.SITE)
_SERVICES = MenuEntry("/services", "2", message("业务"), Permission.SEE_INCIDENTS, MenuGroup.SITE)
_UPTIMES = MenuEntry(
    "/availability", "v", message("可用率"), Permission.SEE_INCIDENTS, MenuGroup.SITE
)
_INDICATORS = MenuEntry(
    "/indicators", "x", message("指标"), Permission.SEE_INDICATORS, MenuGroup.ASSESSMENT
)
_ADJUDICATIONS = MenuEntry(
    "/adjudications", "j", message("认定事项"), Permission.SEE_ADJUDICATIONS, MenuGroup.ASSESSMENT
)
_REPORTS = MenuEntry("/reports", "0", message("报告"), Permission.SEE_REPORTS, MenuGroup.ASSESSMENT)
_ASSESSMENT = MenuEntry(
    "/assessment", "6", message("考核"), Permission.SEE_INDICATORS, MenuGroup.ASSESSMENT
)
_EXEMPTIONS = MenuEntry(
    "/exemptions", "7", message("剔除"), Permission.SEE_INDICATORS, MenuGroup.ASSESSMENT
)
_DOCUMENTS = MenuEntry(
    "/network/documents", "m", message("文档"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_PROOFS = MenuEntry(
    "/network/proofs", "n", message("证明"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_CHANGES = MenuEntry(
    "/network/changes", "e", message("变更"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_DRILLS = MenuEntry(
    "/network/drills", "l", message("容灾演练"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_DRIFT = MenuEntry(
    "/network/drift", "r", message("漂移"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_COMPLIANCE = MenuEntry(
    "/network/compliance", "t", message("合规"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_DEVICE_ACCOUNTS = MenuEntry(
    "/network/accounts", "k", message("设备账号"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_PLAYS = MenuEntry(
    "/network/plays", "y", message("剧本"), Permission.SEE_INCIDENTS, MenuGroup.NETWORK
)
_USERS = MenuEntry("/users", "3", message("用户"), Permission.ADMINISTER, MenuGroup.ADMINISTRATION)
_AUDIT = MenuEntry("/audit", "9", message("审计"), Permission.SEE_AUDIT, MenuGroup.ADMINISTRATION)
_SETTINGS = MenuEntry(
    "/settings", "8", message("设置"), Permission.ADMINISTER, MenuGroup.ADMINISTRATION
)
_HEALTH = MenuEntry(
    "/health", "h", message("平台自检"), Permission.SEE_HEALTH, MenuGroup.ADMINISTRATION
)

AREAS = (
    Area((accounts.router, palette.router, lists.router, lists.api_router)),
    Area((evidence.router, evidence.api, attachments.router, attachments.api)),
    Area((wall.router,), (_WALL,)),
    Area((intake.router, intake_api.router), (_AGENT,)),
    Area((open311.router,)),
    Area(
        (
            orders.router,
            orders_api.router,
            deadline_policies.router,
            deadline_policies.api_router,
            saved_views.router,
            saved_views.api_router,
        ),
        (_ORDERS, _UNIT),
    ),
    Area((callbacks.router, callbacks_api.router), (_CALLBACKS,)),
    Area(
        (knowledge.router, knowledge_notices.router, cited.router, knowledge_api.router),
        (_KNOWLEDGE,),
    ),
    Area((training.router, training_api.router), (_TRAINING, _LEARNING)),
    Area((incidents.router, incidents_api.router), (_INCIDENTS,)),
    Area((calls.router, calls_api.router), (_CALLS,)),
    Area((seats.router, seats_api.router)),
    Area((consoles.router, rooms.router), (_DEVICES, _SEATS, _SERVICES, _UPTIMES)),
    Area((indicators.router, indicators_api.router), (_INDICATORS,)),
    Area((adjudications.router, adjudications_api.router), (_ADJUDICATIONS,)),
    Area(
        (
            register_items.router,
            registers.router,
            library.router,
            registers_api.router,
            registers_api.library,
        ),
        (_REGISTERS, _LIBRARY),
    ),
    Area((reports.router, reports_api.router), (_REPORTS,)),
    Area(
        (assessment.router, assessment_api.router, exemptions.router, exemptions.api_router),
        (_ASSESSMENT, _EXEMPTIONS),
    ),
    Area((documents.router,), (_DOCUMENTS,)),
    Area((changes.router,), (_CHANGES,)),
    Area((drills.router,), (_DRILLS,)),
    Area((drift.router,), (_DRIFT,)),
    Area((compliance.router, compliance_api.router), (_COMPLIANCE,)),
    Area((device_accounts.router,), (_DEVICE_ACCOUNTS,)),
)
"""In the menu's order; those that an installation may lack come behind them."""
_ADMINISTRATION = Area((administration.router,), (_USERS, _AUDIT, _SETTINGS))


def areas_of(dependencies: Dependencies) -> tuple[Area, ...]:
    """The areas of an installation: proofs and plays where they are provided."""
    optional = (
        (dependencies.proofs is not None, Area((proofs.router,), (_PROOFS,))),
        (dependencies.plays is not None, Area((plays.router,), (_PLAYS,))),
    )
    present = (area for is_provided, area in optional if is_provided)
    return (*AREAS, *present, Area((health.router,), (_HEALTH,)), _ADMINISTRATION)
