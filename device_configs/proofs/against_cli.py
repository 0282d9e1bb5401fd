"""``zhishou net prove --against OLD``: what the declaration opens and closes, for people and
programs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from ipaddress import IPv4Address, summarize_address_range

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from device_configs.proofs.differential.causes import ClosedByCause
from device_configs.proofs.differential.changed import PassageChange
from device_configs.proofs.differential.channels import ChannelChange
from device_configs.proofs.differential.comparing import DeclarationDifference
from device_configs.proofs.differential.packet import ExamplePacket
from device_configs.proofs.filters.spans import Interval

SAME, OPENS, UNDECIDED, CLOSES = 0, 1, 2, 10
"""Exit codes. Opening is what has to be looked at first, so it decides even where more closes."""
_SHOWN = 3


def exit_code_for(found: DeclarationDifference) -> int:
    """1 something opens, 2 none does as far as is known and something is undecided, 10 something
    closes and nothing opens, 0 neither."""
    if found.opens:
        return OPENS
    if found.undecided:
        return UNDECIDED
    return CLOSES if found.closes else SAME


def show_difference(console: Console, found: DeclarationDifference) -> None:
    """One paragraph for each pair of zones and the rules that let its packets through; what
    closed for one cause is one paragraph. What opens is never folded: each is to be looked at."""
    for change in found.opened:
        _show_passage(console, Text("opens", "bold red"), change)
    for one in found.closed_by_cause:
        _show_closed(console, one)
    for word, style, channels in (
        ("opens", "bold red", found.channels.opened), ("closes", "yellow", found.channels.closed),
    ):  # fmt: skip
        for channel in channels:
            _show_channel(console, Text(word, style), channel)
    for zones, reason in found.undecided:
        console.print(Text.assemble(("undecided", "yellow"), f"  {' > '.join(zones)}: {reason}"))
    if not (found.opens or found.closes or found.undecided):
        console.print(Text("opens nothing and closes nothing", "green"))


def _show_passage(console: Console, word: Text, change: PassageChange) -> None:
    by = ", ".join(change.by) or "no filter stands between"
    console.print(Text.assemble(word, f"  {' > '.join(change.zones)}: {_few(change.services)}"))
    console.print(Text(f"      {_few(prefixes(change.sources))} > "
                       f"{_few(prefixes(change.destinations))}"))  # fmt: skip
    console.print(Text(f"      there permitted by {by}; otherwise {change.otherwise}"))
    console.print(Text(f"      e.g. {change.packet}", style="dim"))


def _show_closed(console: Console, found: ClosedByCause) -> None:
    word = Text("closes", "yellow")
    if len(found.changes) == 1:
        _show_passage(console, word, found.changes[0])
        return
    console.print(Text.assemble(word, f"  {len(found.changes)} passages: {found.cause}"))
    for change in found.changes:
        console.print(
            Text.assemble(f"      {' > '.join(change.zones)}: {_few(change.services)}",
                          (f"  e.g. {change.packet}", "dim"))
        )  # fmt: skip


def _show_channel(console: Console, word: Text, change: ChannelChange) -> None:
    method = "" if change.method == "*" else f" {change.method}"
    console.print(
        Text.assemble(word, f"  gate {change.gate}, {change.channel}: {change.kind}{method}, "
                      f"{change.listens} carried on to {change.server}")
    )  # fmt: skip
    console.print(Text(f"      for {_few(prefixes(change.clients))}"))
    console.print(Text(f"      e.g. {change.client} > {change.listens}", style="dim"))


def prefixes(spans: Iterable[Interval]) -> list[str]:
    """Spans of addresses as prefixes, a single address without its length."""
    return [
        str(prefix).removesuffix("/32")
        for low, high in spans
        for prefix in summarize_address_range(IPv4Address(low), IPv4Address(high))
    ]


def _few(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more


def difference_json(found: DeclarationDifference) -> JsonValue:
    """Everything, addresses as prefixes."""
    return {
        "opens": [_passage_json(change) for change in found.opened],
        "closes": [
            _passage_json(change) | {"cause": one.cause}
            for one in found.closed_by_cause
            for change in one.changes
        ],
        "opens_channels": [_channel_json(change) for change in found.channels.opened],
        "closes_channels": [_channel_json(change) for change in found.channels.closed],
        "undecided": [
            {"from_zone": zones[0], "to_zone": zones[1], "reason": reason}
            for zones, reason in found.undecided
        ],
    }


def _passage_json(change: PassageChange) -> dict[str, JsonValue]:
    return {
        "from_zone": change.zones[0],
        "to_zone": change.zones[1],
        "services": list(change.services),
        "sources": list(prefixes(change.sources)),
        "destinations": list(prefixes(change.destinations)),
        "permitted_by": list(change.by),
        "otherwise": change.otherwise,
        "packet": _packet_json(change.packet),
    }


def _packet_json(packet: ExamplePacket) -> JsonValue:
    return {
        "source": str(packet.source),
        "destination": str(packet.destination),
        "protocol": packet.protocol,
        "port": packet.port,
        "minute_of_week": packet.minute,
        "from": _date(packet.starts_at),
        "until": _date(packet.ends_at),
    }


def _date(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _channel_json(change: ChannelChange) -> JsonValue:
    return {
        "gate": change.gate,
        "channel": change.channel,
        "kind": change.kind,
        "method": change.method,
        "listens": change.listens,
        "server": change.server,
        "clients": list(prefixes(change.clients)),
        "client": str(change.client),
    }
