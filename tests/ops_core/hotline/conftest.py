"""People of both sides over a database of either kind, and the example centre's declaration."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY

SHANGHAI = ZoneInfo("Asia/Shanghai")
AGENT = Actor.user("agent.lin", (Role.AGENT,))
DISPATCHER = Actor.user("dispatch.he", (Role.DISPATCHER,))
REVIEWER = Actor.user("super.gao", (Role.SUPERVISOR,))
CALLER_BACK = Actor.user("callback.xu", (Role.CALLBACK_AGENT,))
PURCHASER = Actor.user("purchaser.qin", (Role.PURCHASER_SUPERVISOR,))
HANDLER = Actor.user("housing.ma", (Role.UNIT_HANDLER,), "housing")
OTHER_HANDLER = Actor.user("water.bai", (Role.UNIT_HANDLER,), "water")
PURCHASER = Actor.user("purchaser.fu", (Role.PURCHASER_SUPERVISOR,))
TELEPHONY = Actor.user("pbx", (Role.INTERFACE,))
CANARY = "13912345678"
"""A number that must appear on no screen, in no log, event or export."""

Work = Callable[[Actor], AbstractContextManager[UnitOfWork]]


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture(scope="session")
def vault() -> ContactVault:
    return ContactVault(Fernet.generate_key())


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2026-03-02, 09:00 in Shanghai."""
    return FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))


@pytest.fixture
def work(database: Database, bus: EventBus, clock: FixedClock) -> Work:
    """A unit of work in somebody's name."""
    return lambda actor: unit_of_work(database, bus, clock, actor)
