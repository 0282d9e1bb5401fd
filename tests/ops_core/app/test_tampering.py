"""Whatever is changed in the database behind the product's back is found, and by which record.

The tables are asked of the schema: a new one has to be held, or it has to say why not.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, delete, select, text, update
from sqlalchemy.orm import Session

from device_configs.site import load_site
from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from incident.false_alarm import MARK, Cause, Mark, MarkState
from incident.marked import mark_differences
from incident.service import respond
from ops_core.app.audit_cli import all_breaks
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.model import Answers, AttemptResult, Resolved
from ops_core.hotline.callbacks.service import finish_reached, record_attempt
from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.queue_log import IncomingEvent
from ops_core.hotline.calls.ratings import rate_call
from ops_core.hotline.calls.service import take_events
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.model import Step
from ops_core.hotline.orders.service import take_step
from ops_core.hotline.orders.verifying import order_flaws
from ops_core.hotline.presence.service import sign_in_at
from ops_core.kernel.audit import read_head
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Base, Database, create_database_engine, migrate
from ops_core.kernel.events import EventBus
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import link_evidence
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY
from ops_core.kpi.call_tallies import tally_differences
from ops_core.kpi.derived_records import derived_differences, journal_differences
from ops_core.obligations.service import (
    DeliveryMeans,
    draft_report_on,
    receive_report,
    review_report,
    submit_report_with,
    trigger_flash_report,
    write_report,
)
from seat_assets.model import Change, Part, TerminalCondition, terminals_of
from seat_assets.service import store_changes
from seat_assets.service_record import record_service
from tests.incident.story import LI, Story
from tests.ops_core.hotline.conftest import (
    AGENT,
    CALLER_BACK,
    DISPATCHER,
    HANDLER,
    PURCHASER,
    REVIEWER,
    TELEPHONY,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")

HELD = {
    "attitude_ratings", "audit_entries", "audit_heads", "call_events", "call_tallies",
    "callback_attempts", "callback_tasks", "calls", "events", "evidence_files", "incidents",
