"""Words of plays, in the reader's language."""

from device_configs.plays.model import HostState, PlayState
from ops_core.kernel.i18n import Translate


def play_state_word(state: PlayState, translate: Translate) -> str:
    _ = translate
    return {
        PlayState.RUNNING: _("进行中"),
        PlayState.SUCCEEDED: _("已完成"),
        PlayState.FAILED: _("失败"),
        PlayState.CANCELLED: _("已取消"),
        PlayState.INTERRUPTED: _("已中断"),
    }[state]


def host_state_word(state: HostState, translate: Translate) -> str:
    _ = translate
    return {
        HostState.OK: _("一致"),
        HostState.CHANGED: _("有变化"),
        HostState.SKIPPED: _("已跳过"),
        HostState.FAILED: _("失败"),
        HostState.UNREACHABLE: _("不可达"),
        HostState.UNKNOWN: _("未知"),
    }[state]
