"""The one sentence at the top of the wall: what is wrong, and whether the service suffers.

That it does not is said of services that are known to be up, and of no others: while one is
unknown, or the monitoring is impaired, the sentence says that instead.
"""

from dataclasses import dataclass
from enum import StrEnum

from device_configs.site.model import FaultClassName
from ops_core.kernel.i18n import Translate
from wallboard.wall.state import Condition, SeatCondition, WallState

BROKEN = (Condition.DOWN, Condition.UNREACHABLE)
VAGUE = (Condition.UNKNOWN, Condition.SUSPECTED, Condition.AGENT_SILENT)
URGENT_CLASSES = (FaultClassName.MAJOR, FaultClassName.SEVERE)


class Level(StrEnum):
    NORMAL = "normal"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WallVerdict:
    """``flag`` is the filled part (``1起重大故障``), empty when there is nothing to flag."""

    level: Level
    flag: str
    sentence: str


def verdict(state: WallState, translate: Translate) -> WallVerdict:
    """Judge the whole centre. Lost sources outrank calm: unknown is not normal."""
    _ = translate
    impact = _impact(state, translate)
    real = [i for i in state.incidents.open if not i.false_alarm]
    urgent = [i for i in real if i.fault_class in URGENT_CLASSES]
    if urgent:
        major = sum(i.fault_class is FaultClassName.MAJOR for i in urgent)
        flag = (
            _("%(count)d起重大故障") % {"count": major}
            if major
            else _("%(count)d起严重故障") % {"count": len(urgent)}
        )
        return WallVerdict(Level.CRITICAL, flag, impact or _service_word(state, translate))
    if state.network.services_down:
        return WallVerdict(Level.CRITICAL, _("业务中断"), impact)
    unknown = _unknown(state, translate)
    if real:
        flag = _("%(count)d起故障处置中") % {"count": len(real)}
        return WallVerdict(
            Level.WARNING, flag, impact or unknown or _service_word(state, translate)
        )
    if impact:
        return WallVerdict(Level.WARNING, _("待处置"), impact)
    if unknown and _broken(state):
        return WallVerdict(Level.WARNING, _("待处置"), unknown)
    if unknown:
        return WallVerdict(Level.UNKNOWN, _("状态不明"), unknown)
    waiting = state.calls.waiting_too_long
    if waiting and not state.calls.is_silent:
        return WallVerdict(
            Level.WARNING, _("待处置"), _("%(count)d通来电等待过久") % {"count": waiting}
        )
    if state.impairment is not None:
        return WallVerdict(Level.UNKNOWN, _("状态不明"), _("监测能力下降，不能判定是否正常"))
    return WallVerdict(Level.NORMAL, "", _("运行正常，双路冗余完好"))


def _impact(state: WallState, translate: Translate) -> str:
    _ = translate
    out = state.seats.count(SeatCondition.FAULT) + state.seats.count(SeatCondition.UNREACHABLE)
    down = state.network.services_down
    if not down and not out:
        return ""
    parts = [_("%(services)d项业务中断") % {"services": down}] if down else []
    parts += [_("%(seats)d席不可用") % {"seats": out}] if out else []
    unsure = _unsure(state, translate)
    if unsure:
        parts.append(unsure)
    elif not down:
        parts.append(_("业务未中断"))
    return _("，").join(parts)


def _unsure(state: WallState, translate: Translate) -> str:
    """Why nobody can say that the services are well; empty when that can be said."""
    _ = translate
    if state.network.services_unknown:
        return _("%(services)d项业务状态未知") % {"services": state.network.services_unknown}
    if state.impairment is not None or state.network.as_of is None:
        return _("业务状态未知")
    return ""


def _service_word(state: WallState, translate: Translate) -> str:
    return _unsure(state, translate) or translate("业务未受影响")


def _unknown(state: WallState, translate: Translate) -> str:
    _ = translate
    if state.network.as_of is None or state.seats.as_of is None:
        return _("尚未取得监测数据")
    bad = _broken(state)
    if bad:
        return _("，").join(
            [_("%(count)d处网络异常") % {"count": bad}, _service_word(state, translate)]
        )
    vague = _network_points(state, VAGUE)
    vague += state.seats.count(SeatCondition.UNKNOWN) + state.network.services_unknown
    return _("%(count)d处状态未知") % {"count": vague} if vague else ""


def _broken(state: WallState) -> int:
    return _network_points(state, BROKEN)


def _network_points(state: WallState, counted: tuple[Condition, ...]) -> int:
    """Circuits and devices in such a state; or else cables, which those would count again."""
    network = state.network
    points = [circuit.condition for circuit in network.circuits]
    points += [node.condition for node in network.nodes]
    cables = [link.condition for link in network.links]
    return _count(points, counted) or _count(cables, counted)


def _count(conditions: list[Condition], counted: tuple[Condition, ...]) -> int:
    return sum(condition in counted for condition in conditions)
