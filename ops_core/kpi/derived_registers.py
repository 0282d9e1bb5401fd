"""Items of planned work held against their chains, as differences like those of other records."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.kpi.differences import DerivedDifference, DerivedKind
from ops_core.registers.verifying import register_flaws


def register_differences(session: Session, site: Site) -> Iterator[DerivedDifference]:
    """Every item that its chain, or the audit log, does not give."""
    for flaw in register_flaws(session, ZoneInfo(site.contract.timezone)):
        yield DerivedDifference(
            DerivedKind.REGISTER, flaw.item, flaw.field, flaw.stored, flaw.recorded
        )
