"""Who may see which order: the operator's people every one, a unit's handlers their unit's."""

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, allows, require_any
from ops_core.kernel.shown_names import UnitName

SEEING = (Permission.SEE_ORDERS, Permission.HANDLE_ORDERS)


def require_sight(actor: Actor) -> None:
    """Raises :class:`Forbidden` for an actor who may see no order at all."""
    require_any(actor, SEEING)


def require_sight_of(actor: Actor, *units: str) -> None:
    """Raises :class:`Forbidden` unless the actor may see an order that these units have."""
    require_sight(actor)
    if allows(actor, Permission.SEE_ORDERS) or actor.unit in units:
        return
    raise Forbidden(
        "工单不在您的单位",
        message("{unit} 的人员只能查看本单位的工单。", unit=UnitName(actor.unit)),
        "请由承办单位的人员办理。",
    )


def visible_unit(actor: Actor, asked: str) -> str:
    """The unit whose orders a list holds: the asked one (empty: all), or only the actor's own.

    Raises :class:`Forbidden`.
    """
    require_sight(actor)
    if allows(actor, Permission.SEE_ORDERS):
        return asked
    if asked:
        require_sight_of(actor, asked)
    return actor.unit
