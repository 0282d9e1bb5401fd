"""Which call a reference means: a call's name, or its identifier alone where that is enough.

An identifier without its telephone system is enough for a command where there is one system only:
with two, the other's call of the same identifier may only not be known yet. Whoever just looks is
shown the one call that bears it.
"""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from device_configs.site.model import Site
from ops_core.hotline.calls.naming import call_name, name_parts
from ops_core.hotline.calls.tables import CallEventRow, CallRow
from ops_core.kernel.errors import Conflict, NotFound
from ops_core.kernel.i18n import message


def require_name(session: Session, site: Site, reference: str) -> str:
    """The name of the call a command means; whether there is such a call is not asked.

    Raises :class:`Conflict` for an identifier that several telephone systems may have given.
    """
    sources = _sources(session, site)
    if name_parts(reference)[0] in sources:
        return reference
    if len(sources) > 1:
        raise _ambiguous(reference, [call_name(source, reference) for source in sources])
    return call_name(sources[0], reference) if sources else reference


def find_name(session: Session, site: Site, reference: str) -> str:
    """The name of the call that is looked for.

    Raises :class:`NotFound`, and :class:`Conflict` where calls of several systems bear it.
    """
    if session.get(CallRow, reference) is not None:
        return reference
    possible = [call_name(source, reference) for source in _sources(session, site)]
    asked = select(CallRow.call).where(CallRow.call.in_(possible)).order_by(CallRow.call)
    found = session.scalars(asked).all()
    if not found:
        raise no_such_call(reference)
    if len(found) > 1:
        raise _ambiguous(reference, found)
    return found[0]


def no_such_call(reference: str) -> NotFound:
    """The refusal of a reference that no call bears."""
    return NotFound(
        "没有这通来电",
        message("找不到来电 {call}。", call=reference),
        "来电编号以话务系统的记录为准。",
    )


def _ambiguous(reference: str, names: Collection[str]) -> Conflict:
    return Conflict(
        "来电编号须注明话务系统",
        message("编号 {call} 可能来自多个话务系统。", call=reference),
        message("请写明其中之一：{names}。", names=tuple(names)),
    )


def _sources(session: Session, site: Site) -> list[str]:
    """The telephone systems: those declared, and those that reported anything, by name."""
    return sorted({*site.hotline.telephone_systems, *_reported(session)})


def _reported(session: Session) -> list[str]:
    """Every source of events: one step of the index each, however many events there are."""
    first = select(func.min(CallEventRow.source).label("source")).cte("sources", recursive=True)
    event = aliased(CallEventRow)
    following = select(func.min(event.source)).where(event.source > first.c.source)
    step = select(following.scalar_subquery()).where(first.c.source.is_not(None))
    found = session.scalars(select(first.union_all(step).c.source))
    return [source for source in found if source is not None]
