"""Who may see and do what with items, and for which side an actor works."""

from ops_core.kernel.errors import Forbidden
from ops_core.kernel.permissions import Actor, Permission, Side, allows, require, require_any
from ops_core.registers.kinds import every_kind
from ops_core.registers.model import PlanItem, RegisterWorker

WORKING = (Permission.WORK_REGISTERS, Permission.ACCEPT_REGISTERS)


def worker_of(actor: Actor) -> RegisterWorker:
    """The side an actor works for. The machine, and the command line on it, are the operator's:
    neither can take what is the purchaser's to decide."""
    return RegisterWorker(str(actor), actor.side or Side.OPERATOR)


def require_work(actor: Actor) -> None:
    """Raises :class:`Forbidden` for who works on no register, on either side."""
    require_any(actor, WORKING)


def require_sight_of_item(actor: Actor, item: PlanItem, *, in_effect: bool) -> None:
    """Raises :class:`Forbidden` unless the actor may see the item.

    Who acknowledges documents sees those in effect, and no other edition of them.
    """
    if allows(actor, Permission.SEE_REGISTERS):
        return
    if every_kind()[item.kind].acknowledged:
        require(actor, Permission.ACKNOWLEDGE_DOCUMENTS)
        if in_effect:
            return
        raise Forbidden("不是现行版本", "只能查阅现行有效的文件。", "请在“文件”页面查阅现行版本。")
    require(actor, Permission.SEE_REGISTERS)
