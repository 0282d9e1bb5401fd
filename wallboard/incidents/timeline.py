"""Events of an incident as sentences of its timeline; pure."""

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from device_configs.site.model import FaultClassName, Site, Title
from incident.false_alarm_terms import Cause, News
from incident.read import TimelineEntry
from incident.words import cause_word, news_word
from ops_core.kernel.i18n import Language, Translate, translations

_FIXED = {
    "IncidentAcknowledged": Title.composed(zh="已确认", en="acknowledged"),
    "IncidentResponded": Title.composed(
        zh="远程支撑已响应，开始处置", en="remote support has responded"
    ),
    "IncidentCleared": Title.composed(
        zh="监控判定根因恢复", en="monitoring sees the root restored"
    ),
}

_ALARM = {
    "IncidentFalseAlarmPending": Title.composed(zh="提出误报", en="proposed as a false alarm"),
    "IncidentFalseAlarmConfirmed": Title.composed(
        zh="认定为误报，不计入指标12", en="confirmed as a false alarm: out of indicator 12"
    ),
    "IncidentFalseAlarmRejected": Title.composed(zh="驳回误报", en="false alarm rejected"),
    "IncidentFalseAlarmWithdrawn": Title.composed(zh="撤回误报", en="proposal withdrawn"),
    "IncidentFalseAlarmRevoked": Title.composed(
        zh="撤销误报，重新计入指标12", en="false alarm revoked: counts in indicator 12 again"
    ),
    "IncidentFalseAlarmVoid": Title.composed(
        zh="误报失效，计入指标12", en="false alarm void: counts in indicator 12"
    ),
}

_UNDONE = {
    "IncidentAcknowledged": Title.composed(zh="确认", en="the acknowledgement"),
    "IncidentResponded": Title.composed(zh="响应", en="the response"),
    "IncidentRestored": Title.composed(zh="恢复", en="the restoration"),
    "IncidentClosed": Title.composed(zh="关闭", en="the closing"),
}
_UNDONE_OTHER = Title.composed(zh="操作", en="the step")
_CLOSED = Title.composed(zh="关闭", en="closed")


def timeline_text(site: Site, entry: TimelineEntry) -> Title:
    """One event in both languages; a text that a person wrote stays as written."""
    text = _own_text(site, entry)
    if entry.merged_from is None:
        return text
    return Title.composed(
        zh=f"[{entry.merged_from}] {text.zh}", en=f"[{entry.merged_from}] {text.en}"
    )


def _own_text(site: Site, entry: TimelineEntry) -> Title:
    detail = entry.detail
    if entry.type in _FIXED:
        return _FIXED[entry.type]
    if entry.type in _ALARM:
        return _alarm_text(entry)
    match entry.type:
        case "IncidentOpened" | "IncidentReopened" | "IncidentUpdated":
            return _fault_text(site, entry)
        case "IncidentNoted":
            text = str(detail.get("text", ""))
            return Title.composed(zh=text, en=text)
        case "IncidentRestored":
            reason = str(detail.get("reason", ""))
            if not reason:
                return Title.composed(zh="确认恢复", en="restoration stated")
            return Title.composed(zh=f"人工恢复：{reason}", en=f"restored by hand: {reason}")
        case "IncidentClosed":
            text = str(detail.get("text", ""))
            return Title.composed(zh=f"关闭：{text}", en=f"closed: {text}") if text else _CLOSED
        case "IncidentStepUndone":
            return _undone_text(detail)
        case "IncidentMerged":
            into = detail.get("into")
            return Title.composed(zh=f"并入 {into}", en=f"merged into {into}")
        case "IncidentAbsorbed":
            number = detail.get("number")
            return Title.composed(
                zh=f"并入了 {number}，计时取最早", en=f"took in {number}: earliest clock"
            )
        case _:
            return Title.composed(zh=entry.type, en=entry.type)


def _undone_text(detail: Mapping[str, JsonValue]) -> Title:
    what = _UNDONE.get(str(detail.get("undone")), _UNDONE_OTHER)
    return Title.composed(zh=f"撤销了刚才的{what.zh}", en=f"took back: {what.en}")


def _alarm_text(entry: TimelineEntry) -> Title:
    """What was done about a false alarm, with the reason as written."""
    detail, what = entry.detail, _ALARM[entry.type]
    text = str(detail.get("text", ""))
    if entry.type == "IncidentFalseAlarmPending":
        cause = Cause(str(detail["cause"]))
        why = _in_both(lambda translate: cause_word(cause, translate))
    elif "news" in detail:
        news = News(str(detail["news"]))
        why = _in_both(lambda translate: news_word(news, translate))
    else:
        why = Title.composed(zh="", en="")
    chinese = "：".join(part for part in (why.zh, text) if part)
    english = ": ".join(part for part in (why.en, text) if part)
    return Title.composed(
        zh="：".join(part for part in (what.zh, chinese) if part),
        en=": ".join(part for part in (what.en, english) if part),
    )


def _in_both(word: Callable[[Translate], str]) -> Title:
    chinese, english = (translations(language).gettext for language in Language)
    return Title.composed(zh=word(chinese), en=word(english))


def _fault_text(site: Site, entry: TimelineEntry) -> Title:
    detail = entry.detail
    fault_class = site.contract.fault_class(FaultClassName(str(detail["fault_class"]))).title
    seats, services = detail.get("seats", 0), detail.get("services", [])
    count = len(services) if isinstance(services, list) else 0
    verb = {
        "IncidentOpened": Title.composed(zh="发现故障，定为", en="detected, class"),
        "IncidentReopened": Title.composed(zh="再次出现，定为", en="came back, class"),
        "IncidentUpdated": Title.composed(zh="判定更新，", en="verdict updated,"),
    }[entry.type]
    return Title.composed(
        zh=f"{verb.zh}{fault_class.zh}；影响席位 {seats}、业务 {count}",
        en=f"{verb.en} {fault_class.en.lower()}; {seats} seats and {count} services affected",
    )
