"""Named objects of policies as the policy book writes them out, with their addresses (pure)."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from device_configs.documents.speech import Speech
from device_configs.documents.tables import Heading, Row, Sheet
from device_configs.documents.words import weekday_word
from device_configs.site.model import (
    AddressSet,
    Application,
    ApplicationMatch,
    PolicyPeriod,
    PolicyRegion,
    PolicyUser,
    Rate,
    Site,
    TimeRange,
    UserGroup,
    Weekday,
)

_Prefixed = AddressSet | PolicyRegion | PolicyUser | UserGroup


def prefixes_text(prefixes: Iterable[IPv4Network]) -> str:
    """``10.20.20.10/31 10.20.20.12``; a single address goes without its /32."""
    return " ".join(str(p.network_address) if p.prefixlen == 32 else str(p) for p in prefixes)


def application_text(application: Application) -> str:
    """``tcp 8080; udp 7,7007``."""
    return "; ".join(_match_text(match) for match in application.matches)


def _match_text(match: ApplicationMatch) -> str:
    ports = ",".join(map(str, match.ports))
    return f"{match.protocol} {ports}" if ports else match.protocol


def time_text(time: TimeRange, speech: Speech) -> str:
    """``周一至周五 08:30-17:30``, a line a period, with its absolute bounds."""
    lines = [_period_text(period, speech) for period in time.periods]
    if time.starts_at is not None:
        lines.append(f"≥ {time.starts_at:%Y-%m-%d %H:%M}")
    if time.ends_at is not None:
        lines.append(f"< {time.ends_at:%Y-%m-%d %H:%M}")
    return "\n".join(lines)


def _period_text(period: PolicyPeriod, speech: Speech) -> str:
    days = speech.comma.join(_run_text(run, speech) for run in _runs(period.days))
    return f"{days} {period.start}-{period.end}"


def _runs(days: Iterable[Weekday]) -> list[list[Weekday]]:
    """The days of a week as runs of days that follow each other."""
    order = list(Weekday)
    runs: list[list[Weekday]] = []
    for day in sorted(set(days), key=order.index):
        if runs and order.index(day) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _run_text(run: list[Weekday], speech: Speech) -> str:
    words = [weekday_word(day, speech.gettext) for day in run]
    if len(run) < 3:
        return speech.comma.join(words)
    return speech.gettext("%(first)s至%(last)s") % {"first": words[0], "last": words[-1]}


def rate_text(rate: Rate | None) -> str:
    """``↑200 ↓400`` in Mbit/s: from the source to the destination, and back."""
    return "" if rate is None else f"↑{rate.up} ↓{rate.down}"


def object_table(site: Site, speech: Speech) -> Sheet:
    """Every named object, with what it stands for."""
    _, pgettext = speech.gettext, speech.pgettext
    columns = (
        Heading(_("种类")), Heading(pgettext("document", "对象")), Heading(_("名称")),
        Heading(pgettext("document", "内容"), wide=True),
    )  # fmt: skip
    rows = (
        *_prefix_rows(_("地址组"), site.address_sets.values(), speech),
        *_prefix_rows(_("地区"), site.regions.values(), speech),
        *_prefix_rows(_("用户"), site.users.values(), speech),
        *_prefix_rows(_("用户组"), site.user_groups.values(), speech),
        *((_("应用"), a.name, speech.title(a.title), application_text(a))
          for a in site.applications.values()),
        *((_("时间段"), t.name, speech.title(t.title), time_text(t, speech))
          for t in site.time_ranges.values()),
        *_zone_rows(site, speech),
    )  # fmt: skip
    return Sheet("objects", _("策略对象"), columns, tuple(rows))


def _prefix_rows(kind: str, found: Iterable[_Prefixed], speech: Speech) -> list[Row]:
    return [(kind, one.name, speech.title(one.title), prefixes_text(one.prefixes)) for one in found]


def _zone_rows(site: Site, speech: Speech) -> list[Row]:
    """A zone is its addresses; one at the far end of a circuit also holds all others."""
    kind, rest = speech.gettext("安全域"), speech.gettext("及其余全部地址")

    def content(zone: str) -> str:
        prefixes = prefixes_text(site.zone_prefixes[zone])
        return f"{prefixes} {rest}".strip() if zone in site.outside_zones else prefixes

    return [
        (kind, zone.name, speech.title(zone.title), content(zone.name))
        for zone in site.zones.values()
    ]
