"""What else the policy book holds: floods, web limits, proxies, gate channels, bandwidth (pure)."""

from device_configs.documents.policy_objects import prefixes_text
from device_configs.documents.session_guards import login_table, syn_proxy_table
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.site.model import (
    BandwidthClass,
    ChannelKind,
    Direction,
    FloodKind,
    Gate,
    GateChannel,
    GateMode,
    IpsProfile,
    Site,
)


def protection_tables(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    """Intrusion prevention, flood thresholds, web limits, gate channels, bandwidth classes."""
    return (
        _profile_table(site, speech),
        _flood_table(site, speech),
        _http_table(site, speech),
        syn_proxy_table(site, speech),
        login_table(site, speech),
        _channel_table(site, speech),
        _bandwidth_table(site, speech),
    )


def _profile_table(site: Site, speech: Speech) -> Sheet:
    _ = speech.gettext
    columns = (
        Heading(_("模板")), Heading(_("名称")), Heading(_("适用设备")),
        Heading(_("特征数须大于"), numeric=True), Heading(_("特征库最大天数"), numeric=True),
        Heading(_("工控协议"), wide=True), Heading(_("工控处置")),
    )  # fmt: skip
    rows = tuple(
        (
            profile.name,
            speech.title(profile.title),
            speech.comma.join(profile.devices),
            profile.signatures_above,
            profile.signature_age_days,
            speech.comma.join(profile.scada),
            _("阻断") if profile.scada_action == "block" else _("告警"),
        )
        for profile in site.ips_profiles.values()
    )
    return Sheet("ips-profiles", _("入侵防御模板"), columns, rows)


def _flood_table(site: Site, speech: Speech) -> Sheet:
    _ = speech.gettext
    columns = (
        Heading(_("模板")), Heading(_("攻击种类")),
        Heading(_("由外向内（包/秒）"), numeric=True),
        Heading(_("由内向外（包/秒）"), numeric=True),
        Heading(_("单一来源由外向内（包/秒）"), numeric=True),
        Heading(_("单一来源由内向外（包/秒）"), numeric=True),
    )  # fmt: skip
    rows = tuple(row for p in site.ips_profiles.values() for row in _flood_rows(p, speech))
    note = _("单一目的地址每秒包数的阈值，超出部分丢弃；0为全部丢弃；单一来源的阈值在先")
    return Sheet("floods", _("泛洪防护阈值"), columns, rows, note)


def _flood_rows(profile: IpsProfile, speech: Speech) -> list[Row]:
    return [
        (
            profile.name,
            _flood_word(flood.kind, speech),
            flood.inward,
            flood.outward,
            _or_nothing(flood.inward_per_source),
            _or_nothing(flood.outward_per_source),
        )
        for flood in profile.floods
    ]


def _or_nothing(limit: int | None) -> int | str:
    return "" if limit is None else limit


def _flood_word(kind: FloodKind, speech: Speech) -> str:
    _ = speech.gettext
    return {
        FloodKind.TCP_FLOOD: _("TCP泛洪"),
        FloodKind.UDP_FLOOD: _("UDP泛洪"),
        FloodKind.ICMP_FLOOD: _("ICMP泛洪"),
        FloodKind.ACK_FLOOD: _("ACK泛洪"),
        FloodKind.UDP_SMURF: _("UDP广播放大"),
        FloodKind.ICMP_SMURF: _("ICMP广播放大"),
    }[kind]


def _http_table(site: Site, speech: Speech) -> Sheet:
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(_("限制")), Heading(_("名称")), Heading(_("适用设备")),
        Heading(pgettext("document", "地址")), Heading(_("端口")),
        Heading(_("每源新建/秒"), numeric=True), Heading(_("突发"), numeric=True),
        Heading(_("每源并发"), numeric=True),
        Heading(_("封禁秒数"), numeric=True),
        Heading(_("每源请求/秒"), numeric=True),
    )  # fmt: skip
    rows = tuple(
        (
            limit.name,
            speech.title(limit.title),
            speech.comma.join(limit.devices),
            str(limit.address),
            speech.comma.join(map(str, limit.ports)),
            limit.new_connections_per_second,
            limit.burst,
            limit.connections,
            limit.block_seconds,
            _or_nothing(limit.requests_per_second),
        )
        for limit in site.http_flood_limits.values()
    )
    return Sheet("http-floods", _("网页防刷限制"), columns, rows)


def _channel_table(site: Site, speech: Speech) -> Sheet:
    _ = speech.gettext
    columns = (
        Heading(_("网闸")), Heading(_("模式")), Heading(_("通道")), Heading(_("名称")),
        Heading(_("种类")), Heading(_("方向")), Heading(_("网闸地址")),
        Heading(_("服务器")), Heading(_("允许的方法"), wide=True),
        Heading(_("允许的客户"), wide=True),
        Heading(_("数据库")), Heading(_("健康检查")),
    )  # fmt: skip
    rows = tuple(
        _channel_row(site, gate, channel, speech)
        for gate in site.gates.values()
        for channel in gate.channels
    )
    return Sheet("channels", _("网闸通道"), columns, rows)


def _channel_row(site: Site, gate: Gate, channel: GateChannel, speech: Speech) -> Row:
    _ = speech.gettext
    clients = [f"{n}: {prefixes_text(site.address_sets[n].prefixes)}" for n in channel.clients]
    return (
        f"{speech.title(gate.title)} ({speech.comma.join(gate.devices)})",
        _mode_word(gate.mode, speech),
        channel.name,
        speech.title(channel.title),
        _kind_word(channel.kind, speech),
        _("由外向内") if channel.direction is Direction.INWARD else _("由内向外"),
        f"{channel.address}:{channel.port}",
        f"{channel.server}:{channel.server_port}",
        speech.comma.join(channel.methods),
        "\n".join(clients) or _("任意"),
        str(channel.engine or ""),
        channel.health or "",
    )


def _mode_word(mode: GateMode, speech: Speech) -> str:
    _ = speech.gettext
    return {
        GateMode.TRANSPARENT: _("透明"),
        GateMode.PROXY: _("代理"),
        GateMode.ROUTE: _("路由"),
    }[mode]


def _kind_word(kind: ChannelKind, speech: Speech) -> str:
    database = speech.gettext("数据库同步")
    return {
        ChannelKind.HTTP: "HTTP",
        ChannelKind.SIP: "SIP",
        ChannelKind.DATABASE: database,
    }[kind]


def _bandwidth_table(site: Site, speech: Speech) -> Sheet:
    _ = speech.gettext
    columns = (
        Heading(_("带宽类别")), Heading(_("名称")), Heading("Mbit/s", numeric=True),
        Heading(_("流量类别")), Heading("DSCP", numeric=True), Heading(_("保证"), numeric=True),
        Heading(_("上限"), numeric=True), Heading(_("优先级"), numeric=True),
        Heading(_("使用者"), wide=True),
    )  # fmt: skip
    rows = tuple(
        row for found in site.bandwidth_classes.values() for row in _share_rows(site, found, speech)
    )
    return Sheet("bandwidth", _("带宽类别"), columns, rows)


def _share_rows(site: Site, found: BandwidthClass, speech: Speech) -> list[Row]:
    users = [circuit.name for circuit in site.circuits.values()
             if circuit.bandwidth_class == found.name]  # fmt: skip
    cables = sum(
        link.circuit is None and link.bandwidth_class == found.name for link in site.links.values()
    )
    if cables:
        users.append(speech.gettext("线缆%(count)d条") % {"count": cables})
    return [
        (
            found.name,
            speech.title(found.title),
            found.mbps,
            speech.title(site.traffic_classes[share.traffic_class].title),
            site.traffic_classes[share.traffic_class].dscp,
            f"{share.guaranteed_percent}%",
            f"{share.maximum_percent}%",
            share.priority,
            speech.comma.join(users),
        )
        for share in found.shares
    ]
