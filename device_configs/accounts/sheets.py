"""An audit of accounts as tables: findings, what is unknown, and every account (pure)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from device_configs.accounts.model import AccountFault, AccountReason, DoubtReason
from device_configs.accounts.record import AccountAudit
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.site.model import Site


def fault_word(fault: AccountFault, speech: Speech) -> str:
    _ = speech.gettext
    return {
        AccountFault.BACK_DOOR: _("后门账号"),
        AccountFault.ORPHAN: _("孤儿账号"),
        AccountFault.UNUSUAL: _("异常使用"),
    }[fault]


def reason_word(reason: AccountReason, speech: Speech) -> str:
    _ = speech.gettext
    return {
        AccountReason.UNDECLARED: _("未声明的账号"),
        AccountReason.UNDECLARED_KEY: _("未声明的公钥可登录"),
        AccountReason.EXCESS_PRIVILEGE: _("权限高于声明"),
        AccountReason.UNUSED: _("长期未使用"),
        AccountReason.OWNER_GONE: _("责任人已停用"),
        AccountReason.HOURS: _("不在规定时间使用"),
        AccountReason.SOURCE: _("来源地址不在规定范围"),
        AccountReason.BREAK_GLASS: _("应急账号被使用"),
        AccountReason.TOO_MANY: _("一周登录次数过多"),
        AccountReason.TOO_FEW: _("一周登录次数过少"),
    }[reason]


def doubt_word(reason: DoubtReason, speech: Speech) -> str:
    _ = speech.gettext
    return {
        DoubtReason.DEVICE_NOT_READ: _("设备未能读取"),
        DoubtReason.KEYS_UNKNOWN: _("未登记责任人的公钥"),
        DoubtReason.RECORD_TOO_SHORT: _("登录记录不够长"),
        DoubtReason.NO_ACCESS_DECLARED: _("终端未声明采集方式"),
    }[reason]


def audit_sheets(site: Site, audit: AccountAudit, speech: Speech) -> tuple[Sheet, ...]:
    """The tables that the page shows and the workbook holds."""
    _ = speech.gettext
    found = audit.judgement
    zone = ZoneInfo(site.contract.timezone)
    account = (Heading(_("设备")), Heading(_("账号")), Heading(_("协议")))
    findings: tuple[Row, ...] = tuple(
        (
            fault_word(one.reason.fault, speech), one.device, one.name, str(one.protocol),
            reason_word(one.reason, speech), one.detail, local_time(one.at, zone),
        )
        for one in found.findings
    )  # fmt: skip
    doubts: tuple[Row, ...] = tuple(
        (one.device, one.name, doubt_word(one.reason, speech), one.detail) for one in found.doubts
    )
    accounts: tuple[Row, ...] = tuple(
        (
            one.device, one.name, str(one.protocol),
            _("是") if one.is_declared else _("否"), _("是") if one.exists else _("否"),
            local_time(one.last_used, zone), one.last_source,
        )
        for one in found.accounts
    )  # fmt: skip
    return (
        Sheet(
            "findings", _("问题账号"),
            (Heading(_("类别")), *account, Heading(_("原因")), Heading(_("说明"), wide=True),
             Heading(_("使用时间"))),
            findings,
        ),
        Sheet(
            "doubts", _("未知"),
            (*account[:2], Heading(_("原因")), Heading(_("说明"), wide=True)), doubts,
            _("未知不等于正常。"),
        ),
        Sheet(
            "accounts", _("全部账号"),
            (*account, Heading(_("已声明")), Heading(_("存在")), Heading(_("最近使用")),
             Heading(_("来源"))),
            accounts,
        ),
    )  # fmt: skip


def local_time(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the site's time; empty for none."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
