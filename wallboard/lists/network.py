"""The lists of the network: changes, drills, plays, drift, compliance."""

from collections.abc import Sequence

from device_configs.changes.history import NetworkChange
from device_configs.changes.read import read_changes
from device_configs.changes.states import CHANGE_STATE_WORDS
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rules_check import ComplianceState
from device_configs.compliance.rules_judgement import RuleVerdict
from device_configs.compliance.store import DeviceDrift
from device_configs.drills.history import DrillRecord
from device_configs.drills.read import read_drills
from device_configs.plays.catalogue import PLAYS
from device_configs.plays.model import PlayRecord
from device_configs.plays.store import read_plays
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.permissions import Permission
from wallboard.changes.words import KINDS
from wallboard.compliance.view import read_compliance, rule_filter
from wallboard.compliance.words import rule_state_word, rule_text
from wallboard.drift import drift_rows, drift_word
from wallboard.drills.words import CAUSES, PLACES, VERDICTS
from wallboard.lists.cells import Cell, Named
from wallboard.lists.model import MOST_ROWS, Asking, ListColumn, ListTable
from wallboard.plays.words import play_state_word

PLAY_TITLES: dict[str, Message] = {play.name: play.title for play in PLAYS}


def _changes(asking: Asking) -> Sequence[NetworkChange]:
    return read_changes(asking.seen.session, MOST_ROWS + 1)


CHANGES = ListTable(
    "changes", "/network/changes", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("kind", message("类型"),
            lambda one, by: by.word(one.request.kind, KINDS)),
        ListColumn("state", message("状态"),
            lambda one, by: by.word(one.state, CHANGE_STATE_WORDS)),
        ListColumn("reason", message("原因"), lambda one, _: one.request.reason),
        ListColumn("ticket", message("工单号"), lambda one, _: one.request.ticket),
        ListColumn("devices", message("设备"), lambda one, _: " ".join(one.devices)),
        ListColumn("author", message("制定"), lambda one, by: by.person(one.author)),
        ListColumn("planned_at", message("制定时间"), lambda one, _: one.planned_at),
        ListColumn("approved_by", message("审批"),
            lambda one, by: by.person(one.approved_by)),
        ListColumn("opens", message("窗口开始"),
            lambda one, _: one.request.window and one.request.window.opens),
        ListColumn("closes", message("窗口结束"),
            lambda one, _: one.request.window and one.request.window.closes),
        ListColumn("finished_at", message("结束"), lambda one, _: one.finished_at),
    ),
    _changes,
)  # fmt: skip


def _drills(asking: Asking) -> Sequence[DrillRecord]:
    return read_drills(asking.seen.session, MOST_ROWS + 1)


DRILLS = ListTable(
    "drills", "/network/drills", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("verdict", message("结果"),
            lambda one, by: by.word(one.verdict, VERDICTS)),
        ListColumn("faults", message("故障"), lambda one, _: "、".join(one.faults)),
        ListColumn("worsenings", message("变长"), lambda one, _: len(one.worsenings)),
        ListColumn("place", message("位置"),
            lambda one, by: by.word(one.place, PLACES)),
        ListColumn("cause", message("发起方式"),
            lambda one, by: by.word(one.cause, CAUSES)),
        ListColumn("author", message("操作人"), lambda one, by: by.person(one.author)),
        ListColumn("started_at", message("开始"), lambda one, _: one.started_at),
        ListColumn("finished_at", message("结束"), lambda one, _: one.finished_at),
    ),
    _drills,
)  # fmt: skip


def _plays(asking: Asking) -> Sequence[PlayRecord]:
    return read_plays(asking.seen.session, MOST_ROWS + 1)


def _play(one: PlayRecord, asking: Asking) -> Cell:
    return asking.word(one.play, PLAY_TITLES) if one.play in PLAY_TITLES else one.play


RUNS = ListTable(
    "plays", "/network/plays", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("number", message("编号"), lambda one, _: one.number),
        ListColumn("state", message("状态"),
            lambda one, by: Named(one.state, play_state_word(one.state, by.gettext))),
        ListColumn("play", message("剧本"), _play),
        ListColumn("hosts", message("范围"), lambda one, _: " ".join(one.hosts)),
        ListColumn("started_at", message("开始"), lambda one, _: one.started_at),
        ListColumn("finished_at", message("结束"), lambda one, _: one.finished_at),
        ListColumn("author", message("操作人"), lambda one, by: by.person(one.author)),
    ),
    _plays,
)  # fmt: skip


def _drifts(asking: Asking) -> Sequence[tuple[str, DeviceDrift | None]]:
    return drift_rows(asking.seen)


def _state(one: DeviceDrift | None, asking: Asking) -> Cell:
    state = DriftState.UNKNOWN if one is None else one.state
    return Named(state, drift_word(state, asking.gettext))


DRIFTS = ListTable(
    "drift", "/network/drift", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("device", message("设备"), lambda one, _: one[0]),
        ListColumn("state", message("状态"), lambda one, by: _state(one[1], by)),
        ListColumn("differences", message("差异"),
            lambda one, _: one[1] and "、".join(d.what for d in one[1].differences)),
        ListColumn("author", message("可能的操作者"),
            lambda one, by: one[1] and by.person(one[1].author)),
        ListColumn("drifted_since", message("自"),
            lambda one, _: one[1] and one[1].drifted_since),
        ListColumn("checked_at", message("检查时间"),
            lambda one, _: one[1] and one[1].checked_at),
    ),
    _drifts,
)  # fmt: skip


def _verdicts(asking: Asking) -> Sequence[RuleVerdict]:
    """What the filter chooses; without one what is not kept, as on the page."""
    fields = {name: asking.asked.get(name, "") for name in ("state", "rule", "device")}
    listed = read_compliance(asking.seen, rule_filter(**fields)).listed
    if any(fields.values()):
        return listed
    return [one for one in listed if one.state is not ComplianceState.KEPT]


def _rule(one: RuleVerdict, asking: Asking) -> Cell:
    return Named(one.rule.name, rule_text(one.rule.title, asking.reader.language))


def _rule_state(one: RuleVerdict, asking: Asking) -> Cell:
    return Named(one.state, rule_state_word(one.state, asking.gettext))


def _places(one: RuleVerdict) -> str:
    return "、".join(f"{place.file}:{place.line or ''}".rstrip(":") for place in one.places)


COMPLIANCE = ListTable(
    "compliance", "/network/compliance", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("device", message("设备"), lambda one, _: one.device),
        ListColumn("rule", message("规则"), _rule),
        ListColumn("state", message("状态"), _rule_state),
        ListColumn("places", message("位置"), lambda one, _: _places(one)),
        ListColumn("since", message("自"), lambda one, _: one.since),
        ListColumn("exception", message("例外"),
            lambda one, _: one.exception and one.exception.name),
        ListColumn("checked_at", message("检查时间"), lambda one, _: one.checked_at),
    ),
    _verdicts,
)  # fmt: skip
