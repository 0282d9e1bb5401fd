"""Commands on saved views: save, and remove one's own."""

from sqlalchemy import func, select

from ops_core.hotline.orders.access import require_sight, visible_unit
from ops_core.hotline.orders.tabs import OrderFilter
from ops_core.hotline.saved_views.read import SavedView, circle_of, view_of
from ops_core.hotline.saved_views.tables import SavedViewRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.masking import mask_text
from ops_core.kernel.shown_names import PersonName
from ops_core.kernel.written_text import written

SAVED_VIEW = "saved_view"
"""Subject type in the audit log."""
LONGEST_NAME, MOST_VIEWS = 40, 30


def save_view(uow: UnitOfWork, name: str, filters: OrderFilter, *, shared: bool) -> SavedView:
    """Keep a filter under a name, which is masked as its words are.

    Raises Forbidden, :class:`Invalid` for a name, and :class:`Conflict` for one that is taken, or
    beyond :data:`MOST_VIEWS`.
    """
    require_sight(uow.actor)
    circle, owner = circle_of(uow.actor), str(uow.actor)
    unit = "" if circle else visible_unit(uow.actor, filters.unit)
    name = _checked(name)
    _check_room(uow, owner, name)
    row = SavedViewRow(
        owner=owner, circle=circle, name=name, shared=shared, tab=filters.tab.value,
        query=mask_text(filters.query), unit=unit,
        state=filters.state.value if filters.state else "", saved_at=uow.clock.now(),
    )  # fmt: skip
    uow.session.add(row)
    uow.session.flush()
    detail: JsonObject = {
        "name": name,
        "shared": shared,
        "tab": row.tab,
        "unit": unit,
        "state": row.state,
    }
    uow.audit("view.saved", SAVED_VIEW, str(row.id), detail)
    return view_of(row)


def remove_view(uow: UnitOfWork, number: int) -> None:
    """Take an own view away. Raises Forbidden for one that another shares, and NotFound."""
    require_sight(uow.actor)
    row, who = uow.session.get(SavedViewRow, number), str(uow.actor)
    if row is None or row.circle != circle_of(uow.actor) or not (row.shared or row.owner == who):
        raise NotFound("没有这个视图", message("找不到视图 {number}。", number=number), "")
    if row.owner != who:
        raise Forbidden(
            "只能删除自己的视图",
            message("视图“{name}”由 {owner} 保存。", name=row.name, owner=PersonName(row.owner)),
            "请由保存人本人删除。",
        )
    uow.session.delete(row)
    uow.session.flush()
    uow.audit("view.removed", SAVED_VIEW, str(number), {"name": row.name})


def _checked(name: str) -> str:
    text = mask_text(written(name))
    if not 1 <= len(text) <= LONGEST_NAME or "\n" in text:
        raise Invalid(
            "视图名称不正确", "", message("请填写 1 至 {most} 个字符。", most=LONGEST_NAME)
        )
    return text


def _check_room(uow: UnitOfWork, owner: str, name: str) -> None:
    row = SavedViewRow
    mine = select(func.count()).select_from(row).where(row.owner == owner)
    if uow.session.scalar(mine.where(row.name == name)):
        raise Conflict(
            "已有同名视图",
            message("您已保存“{name}”。", name=name),
            "请换一个名称，或先删除原视图。",
        )
    if (uow.session.scalar(mine) or 0) >= MOST_VIEWS:
        raise Conflict(
            "视图过多", message("至多保存 {most} 个。", most=MOST_VIEWS), "请先删除不用的视图。"
        )
