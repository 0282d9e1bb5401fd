"""The words of changes for templates, in the reader's language."""

from collections.abc import Mapping
from types import MappingProxyType

from device_configs.changes.background import BackgroundStep
from device_configs.changes.happenings import GateVerdict, RehearsalOutcome
from device_configs.changes.model import ChangeKind, ChangeMethod, StageKind
from device_configs.changes.rehearsal_progress import RehearsalPart
from device_configs.changes.states import CHANGE_STATE_WORDS, ChangeState, Place, StageState
from device_configs.drills.judging import DrillVerdict
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.i18n import Message, message, translate
from wallboard.web import Reader

STAGES: Mapping[StageState, Message] = MappingProxyType(
    {
        StageState.WAITING: message("未开始"),
        StageState.LOADING: message("下发中"),
        StageState.GATING: message("检查中"),
        StageState.CONFIRMING: message("确认中"),
        StageState.REVERTING: message("回退中"),
        StageState.CONFIRMED: message("已生效"),
        StageState.REVERTED: message("已回退"),
        StageState.UNEVEN: message("各设备不一致"),
    }
)
STAGE_KINDS: Mapping[StageKind, Message] = MappingProxyType(
    {
        StageKind.STANDBY_HALF: message("备用侧"),
        StageKind.COPYING_PAIR: message("互相复制的一对"),
        StageKind.ACTIVE_HALF: message("主用侧"),
        StageKind.CANARY: message("首台试行"),
        StageKind.REST: message("其余设备"),
        StageKind.SINGLE: message("单台设备"),
        StageKind.BOOTSTRAP: message("首次配置全部设备"),
    }
)
PLACES: Mapping[Place, Message] = MappingProxyType(
    {
        Place.OLD: message("原配置"),
        Place.LOADING: message("下发中"),
        Place.TRIAL: message("新配置，待确认"),
        Place.NEW: message("新配置"),
        Place.MIXED: message("非新非旧"),
        Place.UNKNOWN: message("未知"),
    }
)
REVERTS: Mapping[RevertClass, Message] = MappingProxyType(
    {
        RevertClass.NATIVE: message("设备自带的限时确认"),
        RevertClass.TIMER: message("设备上的定时回退"),
        RevertClass.REBOOT: message("定时重启回到已保存配置"),
        RevertClass.INVERSE: message("反向补丁（失联时无法回退）"),
    }
)
METHODS: Mapping[ChangeMethod, Message] = MappingProxyType(
    {
        ChangeMethod.LINUX: message("Ansible 模块"),
        ChangeMethod.NAPALM: message("NAPALM 驱动"),
    }
)
VERDICTS: Mapping[GateVerdict, Message] = MappingProxyType(
    {
        GateVerdict.PASSED: message("通过"),
        GateVerdict.FAILED: message("未通过"),
        GateVerdict.UNKNOWN: message("未知"),
    }
)
OUTCOMES: Mapping[RehearsalOutcome, Message] = MappingProxyType(
    {
        RehearsalOutcome.PASSED: message("通过"),
        RehearsalOutcome.FAILED: message("未通过"),
        RehearsalOutcome.UNKNOWN: message("未知"),
        RehearsalOutcome.CANCELLED: message("已取消"),
    }
)
PARTS: Mapping[RehearsalPart, Message] = MappingProxyType(
    {
        RehearsalPart.READ: message("读取设备现有配置"),
        RehearsalPart.START: message("启动演练用的孪生网络"),
        RehearsalPart.CONFIGURE: message("写入设备现有配置"),
        RehearsalPart.CHANGE: message("执行变更"),
        RehearsalPart.DRILL: message("故障演练"),
    }
)
DRILL_VERDICTS: Mapping[DrillVerdict, Message] = MappingProxyType(
    {
        DrillVerdict.HOLDS: message("达标"),
        DrillVerdict.EXCEEDED: message("超标"),
        DrillVerdict.UNKNOWN: message("未知"),
    }
)
STEPS: Mapping[BackgroundStep, Message] = MappingProxyType(
    {
        BackgroundStep.PLAN: message("制定计划"),
        BackgroundStep.REHEARSE: message("演练"),
        BackgroundStep.APPLY: message("执行"),
        BackgroundStep.RESUME: message("接续执行"),
        BackgroundStep.ROLLBACK: message("回退"),
        BackgroundStep.DEPLOY: message("部署"),
    }
)
KINDS: Mapping[ChangeKind, Message] = MappingProxyType(
    {
        ChangeKind.CHANGE: message("变更"),
        ChangeKind.ROLLBACK: message("回退"),
        ChangeKind.RESTORE: message("恢复备份"),
        ChangeKind.DRILL: message("切换演练"),
        ChangeKind.DEPLOYMENT: message("部署"),
    }
)


def vocabulary(reader: Reader) -> dict[str, object]:
    """What the templates call things by."""
    language = reader.language
    return {
        "state_word": lambda state: translate(CHANGE_STATE_WORDS[ChangeState(state)], language),
        "stage_word": lambda state: translate(STAGES[StageState(state)], language),
        "stage_kind_word": lambda kind: translate(STAGE_KINDS[StageKind(kind)], language),
        "place_word": lambda place: translate(PLACES[Place(place)], language),
        "revert_word": lambda revert: translate(REVERTS[RevertClass(revert)], language),
        "method_word": lambda method: translate(METHODS[ChangeMethod(method)], language),
        "gate_word": lambda verdict: translate(VERDICTS[GateVerdict(verdict)], language),
        "step_word": lambda step: translate(STEPS[BackgroundStep(step)], language),
        "outcome_word": lambda outcome: translate(OUTCOMES[RehearsalOutcome(outcome)], language),
        "part_word": lambda part: translate(PARTS[RehearsalPart(part)], language),
        "drill_word": lambda verdict: translate(DRILL_VERDICTS[DrillVerdict(verdict)], language),
        "kind_word": lambda kind: translate(KINDS[ChangeKind(kind)], language),
    }
