"""What the proof of single failures notes besides its findings (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from device_configs.proofs.failures.cuts import Cut, Ways, cut_bits
from device_configs.proofs.failures.risks import Acceptances, seat_cables
from device_configs.proofs.failures.scenarios import Scenarios
from device_configs.proofs.topology import Attachment
from device_configs.proofs.verdict import Finding, claim
from device_configs.site.model import Site
from ops_core.kernel.i18n import Message

MOST_NOTES = 40
"""Double failures listed one by one; the counts hold all of them."""


def never_reached_findings(
    ways: Mapping[str, Ways], seats: Mapping[Attachment, Sequence[str]]
) -> Mapping[str, frozenset[str]]:
    whole = Scenarios((), {}, everything=1)
    lost: dict[str, set[str]] = {}
    for service, at in cut_bits(ways, seats, whole):
        lost.setdefault(service, set()).update(() if at is None else seats[at])
    return {service: frozenset(names) for service, names in lost.items()}


def seat_cable_notes(site: Site) -> Iterator[Finding]:
    """A seat's own cable cuts the seat from everything: accepted, or all of them are named."""
    used = [service.name for service in site.services.values() if service.used_by_seats]
    accepted = Acceptances(site)
    open_cables = [
        link
        for link in seat_cables(site)
        if not all(accepted.accept(link, service, 1) for service in used)
    ]
    if open_cables:
        yield Finding(
            ("kind:seat",),
            claim(
                "{count} cables of seats each cut their seat from its services",
                count=len(open_cables),
            ),
            "a terminal has one cable",
            "accept the risk in risks.yml with its reason",
            witness=min(open_cables),
        )


def double_notes(doubles: Sequence[Cut]) -> Iterator[Finding]:
    """The pairs that cut most, devices before links and groups."""
    ranked = sorted(
        doubles,
        key=lambda cut: (-len(cut.all_seats), [(c.kind, c.name) for c in cut.failed_elements]),
    )
    for cut in ranked[:MOST_NOTES]:
        yield Finding(
            tuple(failed_element.name for failed_element in cut.failed_elements),
            claim("their failure together cuts {who}", who=described(cut)),
            "two failures at once are not promised away",
            "know it: repair the first before work on the second",
        )


def described(cut: Cut) -> Message:
    """``12 seats from platform, voice``, or each service with its number where they differ."""
    by_number: dict[int, list[str]] = {}
    for service, names in cut.seats.items():
        by_number.setdefault(len(names), []).append(service)
    parts = [
        claim(
            "{who} from {services}",
            who=counted_seats(number) if number else claim("everybody"),
            services=", ".join(services),
        )
        for number, services in sorted(by_number.items(), reverse=True)
    ]
    return reduce(lambda first, rest: claim("{first} and {rest}", first=first, rest=rest), parts)


def counted_seats(seats: int) -> Message:
    """A number of seats in words."""
    return claim("{count} seat" if seats == 1 else "{count} seats", count=seats)
