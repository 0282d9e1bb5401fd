"""What each setting means, in Chinese; the English is the setting's own description (pure)."""

from collections.abc import Mapping

from ops_core.kernel.i18n import Language

CHINESE: Mapping[str, str] = {
    "database_url": "SQLAlchemy地址；未设时为状态目录下的SQLite文件",
    "database_wait_s": "写入等待的秒数，超过即拒绝",
    "influxdb_token": "InfluxDB 2.x或3的令牌；优先于用户名和口令",
    "influxdb_verify_certificate": "false，或改为信任的证书文件",
    "web_host": "监听的地址",
    "web_public_url": "用户访问的地址，位于代理之后：https://centre.example",
    "web_allowed_hosts": "另外应答的主机名，以逗号分开",
    "web_trusted_proxies": "可信代理的地址或网段（X-Forwarded-For、-Proto有效），以逗号分开",
    "session_lifetime_h": "登录有效的小时数",
    "polling_interval_s": "两次轮询的间隔秒数",
    "traps": "轮询之外接收SNMP陷阱",
    "backup_at": "每夜备份设备配置的本地时刻；留空为不备份",
    "drift_every_s": "两次漂移检查的间隔秒数；0为不检查",
    "compliance_every_s": "两次合规检查的间隔秒数；0为不检查",
    "account_audit_at": "每日审计设备账号的本地时刻；留空为不审计",
    "anchor_at": "审计链每日锚定（存档并送日志审计）的本地时刻；留空为不锚定",
    "evidence_file_mb": "一个证据文件或表单的上限，MB",
    "token": "账号的令牌：命令以其名义执行，而非以本机名义",
    "heartbeat_url": "平台正常时定期访问的地址：失联即报警",
    "demonstration": "模拟来电与工单；站点声明也须为演示",
    "demonstration_seed": "换一个数，换一批日子",
}


def setting_text(name: str, description: str | None, language: Language) -> str:
    """The meaning in the reader's language; empty for a setting whose name says it."""
    if language is Language.CHINESE:
        return CHINESE.get(name, description or "")
    return description or ""
