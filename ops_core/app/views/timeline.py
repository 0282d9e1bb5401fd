"""Events of an incident as sentences of its timeline; pure."""

from device_configs.site.model import FaultClassName, Site, Title
from incident.false_alarm import Cause, News
from incident.read import TimelineEntry

_FIXED = {
    "IncidentAcknowledged": Title(zh="已确认", en="acknowledged"),
    "IncidentResponded": Title(zh="远程支撑已响应，开始处置", en="remote support has responded"),
    "IncidentCleared": Title(zh="监控判定根因恢复", en="monitoring sees the root restored"),
}

_ALARM = {
    "IncidentFalseAlarmPending": Title(zh="提出误报", en="proposed as a false alarm"),
    "IncidentFalseAlarmConfirmed": Title(
        zh="认定为误报，不计入指标12", en="confirmed as a false alarm: out of indicator 12"
    ),
    "IncidentFalseAlarmRejected": Title(zh="驳回误报", en="false alarm rejected"),
    "IncidentFalseAlarmWithdrawn": Title(zh="撤回误报", en="proposal withdrawn"),
    "IncidentFalseAlarmRevoked": Title(
        zh="撤销误报，重新计入指标12", en="false alarm revoked: counts in indicator 12 again"
    ),
    "IncidentFalseAlarmVoid": Title(
        zh="误报失效，计入指标12", en="false alarm void: counts in indicator 12"
    ),
}
_CAUSES = {
    Cause.MONITORING_LATE: Title(zh="平台自身迟滞", en="the platform was late"),
    Cause.DRILL: Title(zh="测试或演练", en="test or drill"),
    Cause.DRAWING_WRONG: Title(zh="声明与实际不符", en="declaration differs from what is built"),
    Cause.PLANNED_WORK: Title(zh="计划内施工", en="planned work"),
    Cause.OTHER: Title(zh="其他原因", en="other reason"),
}
_NEWS = {
    News.ABSORBED: Title(zh="并入了另一起故障", en="it took in another incident"),
    News.MERGED: Title(zh="已并入另一起故障", en="it was merged into another incident"),
    News.REOPENED: Title(zh="故障再次出现", en="the fault came back"),
    News.CLASS_ROSE: Title(zh="等级升高", en="its class rose"),
    News.NEW_EVIDENCE: Title(zh="出现新的证据", en="there is new evidence"),
}

_CLOSED = Title(zh="关闭", en="closed")


def timeline_text(site: Site, entry: TimelineEntry) -> Title:
    """One event in both languages; a text that a person wrote stays as written."""
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
            return Title(zh=text, en=text)
        case "IncidentRestored":
            reason = str(detail.get("reason", ""))
            if not reason:
                return Title(zh="确认恢复", en="restoration stated")
            return Title(zh=f"人工恢复：{reason}", en=f"restored by hand: {reason}")
        case "IncidentClosed":
            text = str(detail.get("text", ""))
            return Title(zh=f"关闭：{text}", en=f"closed: {text}") if text else _CLOSED
        case "IncidentMerged":
            into = detail.get("into")
            return Title(zh=f"并入 {into}", en=f"merged into {into}")
        case _:
            return Title(zh=entry.type, en=entry.type)


def _alarm_text(entry: TimelineEntry) -> Title:
    """What was done about a false alarm, with the reason as written."""
    detail, what = entry.detail, _ALARM[entry.type]
    text = str(detail.get("text", ""))
    if entry.type == "IncidentFalseAlarmPending":
        why = _CAUSES[Cause(str(detail["cause"]))]
    elif "news" in detail:
        why = _NEWS[News(str(detail["news"]))]
    else:
        why = Title(zh="", en="")
    if entry.type == "IncidentFalseAlarmConfirmed":
        text = ""  # the proposal's, which stands above
    chinese = "：".join(part for part in (why.zh, text) if part)
    english = ": ".join(part for part in (why.en, text) if part)
    return Title(
        zh="：".join(part for part in (what.zh, chinese) if part),
        en=": ".join(part for part in (what.en, english) if part),
    )


def _fault_text(site: Site, entry: TimelineEntry) -> Title:
    detail = entry.detail
    fault_class = site.contract.fault_class(FaultClassName(str(detail["fault_class"]))).title
    seats, services = detail.get("seats", 0), detail.get("services", [])
    count = len(services) if isinstance(services, list) else 0
    verb = {
        "IncidentOpened": Title(zh="发现故障，定为", en="detected, class"),
        "IncidentReopened": Title(zh="再次出现，定为", en="came back, class"),
        "IncidentUpdated": Title(zh="判定更新，", en="verdict updated,"),
    }[entry.type]
    return Title(
        zh=f"{verb.zh}{fault_class.zh}；影响席位 {seats}、业务 {count}",
        en=f"{verb.en} {fault_class.en.lower()}; {seats} seats and {count} services affected",
    )
