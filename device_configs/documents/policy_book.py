"""The policy book: every rule in its order, with its objects written out as addresses (pure)."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Protocol

from device_configs.documents.policy_objects import (
    application_text,
    prefixes_text,
    rate_text,
    time_text,
)
from device_configs.documents.speech import Speech
from device_configs.documents.tables import Cell, Heading, Row, Sheet
from device_configs.documents.words import action_word
from device_configs.site.model import (
    Bandwidth,
    DeclaredRule,
    PerAddressLimit,
    PolicyUser,
    RuleSet,
    Site,
    UserGroup,
)


class _Prefixed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def prefixes(self) -> tuple[IPv4Network, ...]: ...


def rule_tables(site: Site, speech: Speech) -> tuple[Sheet, ...]:
    """A table a rule set: its rules in the order in which they are asked, then the default."""
    return tuple(_rule_table(site, rule_set, speech) for rule_set in site.rule_sets.values())


def _rule_table(site: Site, rule_set: RuleSet, speech: Speech) -> Sheet:
    _ = speech.gettext
    columns = (
        Heading(_("序号"), numeric=True), Heading(speech.pgettext("document", "策略")),
        Heading(_("源安全域")), Heading(_("目的安全域")), Heading(_("源地址与地区"), wide=True),
        Heading(_("用户"), wide=True), Heading(_("目的地址"), wide=True),
        Heading(_("应用"), wide=True), Heading(_("时间段"), wide=True), Heading(_("动作")),
        Heading(_("日志")),
        Heading(_("最大带宽 Mbit/s")), Heading(_("保证带宽 Mbit/s")),
        Heading(_("优先级"), numeric=True), Heading(_("每地址限制"), wide=True),
        Heading(_("流量类别"), wide=True), Heading(_("目的说明"), wide=True),
    )  # fmt: skip
    rows = tuple(
        _rule_row(site, number, rule, speech) for number, rule in enumerate(rule_set.rules, 1)
    )
    note = _("适用设备：%(devices)s；首条匹配的规则生效；↑为源到目的方向") % {
        "devices": speech.comma.join(rule_set.devices)
    }
    title = f"{speech.title(rule_set.title)} ({rule_set.name})"
    return Sheet(
        f"rules-{rule_set.name}",
        title,
        columns,
        (*rows, _default_row(rule_set, speech, len(columns))),
        note,
    )


def _rule_row(site: Site, number: int, rule: DeclaredRule, speech: Speech) -> Row:
    _ = speech.gettext
    everything = _("任意")
    sources = (
        *_resolved(site.address_sets, rule.sources),
        *_resolved(site.regions, rule.from_regions),
    )
    people: Mapping[str, PolicyUser | UserGroup] = {**site.users, **site.user_groups}
    services = (f"{n}: {application_text(site.applications[n])}" for n in rule.applications)
    time = site.time_ranges.get(rule.time or "")
    return (
        number,
        rule.name,
        "\n".join(rule.from_zones),
        "\n".join(rule.to_zones),
        "\n".join(sources) or everything,
        "\n".join(_resolved(people, rule.users)) or everything,
        "\n".join(_resolved(site.address_sets, rule.destinations)) or everything,
        "\n".join(services) or everything,
        f"{time.name}: {time_text(time, speech)}" if time else everything,
        action_word(rule.action, _),
        speech.pgettext("document", "记录") if rule.log else "",
        *_bandwidth_cells(rule.bandwidth),
        _per_address(rule.per_address, speech),
        "" if rule.traffic_class is None else _class_text(site, rule.traffic_class, speech),
        speech.declared(rule.purpose, rule.purpose_zh),
    )


def _default_row(rule_set: RuleSet, speech: Speech, width: int) -> Row:
    _ = speech.gettext
    everything = _("任意")
    cells: dict[int, Cell] = {
        0: len(rule_set.rules) + 1,
        1: _("缺省"),
        9: action_word(rule_set.default, _),
        16: _("未匹配任何规则的流量"),
    }
    return tuple(cells.get(at, everything if 2 <= at <= 8 else "") for at in range(width))


def _resolved(known: Mapping[str, _Prefixed], names: Iterable[str]) -> list[str]:
    return [f"{name}: {prefixes_text(known[name].prefixes)}" for name in names]


def _bandwidth_cells(bandwidth: Bandwidth | None) -> tuple[str, str, int | str]:
    if bandwidth is None:
        return ("", "", "")
    return (
        rate_text(bandwidth.maximum_mbps),
        rate_text(bandwidth.guaranteed_mbps),
        bandwidth.priority,
    )


def _per_address(limit: PerAddressLimit | None, speech: Speech) -> str:
    if limit is None:
        return ""
    _ = speech.gettext
    cells = []
    if limit.maximum_mbps is not None:
        cells.append(f"{rate_text(limit.maximum_mbps)} Mbit/s")
    if limit.connections is not None:
        cells.append(_("会话 %(count)d") % {"count": limit.connections})
    if limit.new_per_second is not None:
        cells.append(_("新建 %(count)d/s") % {"count": limit.new_per_second})
    return "\n".join(cells)


def _class_text(site: Site, name: str, speech: Speech) -> str:
    found = site.traffic_classes[name]
    return f"{speech.title(found.title)} DSCP {found.dscp}"
