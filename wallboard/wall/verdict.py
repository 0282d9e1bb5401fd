"""The one sentence at the top of the wall: what is wrong, and whether the service suffers."""

from dataclasses import dataclass
from enum import StrEnum

from device_configs.site.model import FaultClassName
from wallboard.formats import Translate
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
class Verdict:
    """``flag`` is the filled part (``1起重大故障``), empty when there is nothing to flag."""

    level: Level
    flag: str
    sentence: str


def verdict(state: WallState, translate: Translate) -> Verdict:
    """Judge the whole centre. Lost sources outrank calm: unknown is not normal."""
    _ = translate
    impact = _impact(state, translate)
    urgent = [i for i in state.incidents.open if i.fault_class in URGENT_CLASSES]
    if urgent:
        major = sum(i.fault_class is FaultClassName.MAJOR for i in urgent)
        flag = (
            _("%(count)d起重大故障") % {"count": major}
            if major
            else _("%(count)d起严重故障") % {"count": len(urgent)}
        )
        return Verdict(Level.CRITICAL, flag, impact or _("业务未受影响"))
    if state.network.services_down:
        return Verdict(Level.CRITICAL, _("业务中断"), impact)
    unknown = _unknown(state, translate)
    if state.incidents.open:
        flag = _("%(count)d起故障处置中") % {"count": len(state.incidents.open)}
        return Verdict(Level.WARNING, flag, impact or unknown or _("业务未受影响"))
    if impact:
        return Verdict(Level.WARNING, _("待处置"), impact)
    if unknown and _broken(state):
        return Verdict(Level.WARNING, _("待处置"), unknown)
    if unknown:
        return Verdict(Level.UNKNOWN, _("状态不明"), unknown)
    waiting = state.calls.waiting_too_long
    if waiting and not state.calls.is_silent:
        return Verdict(
            Level.WARNING, _("待处置"), _("%(count)d通来电等待过久") % {"count": waiting}
        )
    return Verdict(Level.NORMAL, "", _("运行正常，双路冗余完好"))


def _impact(state: WallState, translate: Translate) -> str:
    _ = translate
    out = state.seats.count(SeatCondition.FAULT) + state.seats.count(SeatCondition.UNREACHABLE)
    down = state.network.services_down
    if down and out:
        return _("%(services)d项业务中断，%(seats)d席不可用") % {"services": down, "seats": out}
    if down:
        return _("%(services)d项业务中断") % {"services": down}
    if out:
        return _("%(seats)d席不可用，业务未中断") % {"seats": out}
    return ""


def _unknown(state: WallState, translate: Translate) -> str:
    _ = translate
    if state.network.as_of is None or state.seats.as_of is None:
        return _("尚未取得监测数据")
    bad = _broken(state)
    if bad:
        return _("%(count)d处网络异常，业务未受影响") % {"count": bad}
    vague = _network_points(state, VAGUE)
    vague += state.seats.count(SeatCondition.UNKNOWN) + state.network.services_unknown
    return _("%(count)d处状态未知") % {"count": vague} if vague else ""


def _broken(state: WallState) -> int:
    return _network_points(state, BROKEN)


def _network_points(state: WallState, wanted: tuple[Condition, ...]) -> int:
    """Circuits and devices in such a state; or else cables, which those would count again."""
    network = state.network
    points = [circuit.condition for circuit in network.circuits]
    points += [node.condition for node in network.nodes]
    cables = [link.condition for link in network.links]
    return _count(points, wanted) or _count(cables, wanted)


def _count(conditions: list[Condition], wanted: tuple[Condition, ...]) -> int:
    return sum(condition in wanted for condition in conditions)
