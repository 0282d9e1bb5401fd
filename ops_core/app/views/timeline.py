"""Events of an incident as sentences of its timeline; pure."""

from device_configs.site.model import FaultClassName, Site, Title
from incident.read import TimelineEntry

_FIXED = {
    "IncidentAcknowledged": Title(zh="已确认", en="acknowledged"),
    "IncidentResponded": Title(zh="远程支撑已响应，开始处置", en="remote support has responded"),
    "IncidentCleared": Title(zh="监控判定根因恢复", en="monitoring sees the root restored"),
}

_CLOSED = Title(zh="关闭", en="closed")


def timeline_text(site: Site, entry: TimelineEntry) -> Title:
    """One event in both languages; a text that a person wrote stays as written."""
    detail = entry.detail
    if entry.type in _FIXED:
        return _FIXED[entry.type]
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
