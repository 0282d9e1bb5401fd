"""Requirements A1-A12, each with what shows that it is met: a proof, or a part of the declaration.

What nothing shows is unknown. A proof that does not hold shows nothing here, and is named by
itself; this one never repeats it as a violation.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_configs.proofs.verdict import Finding, Proof, ProofVerdict, claim
from device_configs.render.families import families
from device_configs.site.model import (
    ChannelKind,
    DeclaredRule,
    Device,
    FloodKind,
    RuleSet,
    Site,
)

NAME = "coverage"
TITLE = "Requirements A1-A12 each have their evidence"

Proofs = Mapping[str, Proof]

SESSION_FLOODS = (FloodKind.TCP_FLOOD, FloodKind.UDP_FLOOD, FloodKind.ICMP_FLOOD)
"""Floods that one source may send alone. Acknowledgements are left out: a server's data counts as
such, and a server sends to everybody."""


MOST_NAMED = 8
"""Places that a gap names one by one."""


@dataclass(frozen=True)
class RequirementEvidence:
    """One piece of a requirement and whether something shows it."""

    what: str
    shown: bool
    where: str
    """The proof or the file that shows it, or that would have to."""


@dataclass(frozen=True)
class AuditEvidence:
    """What audits of accounts of the last days show, of each place the newest that asked it.

    ``doors_decided`` are devices and terminals (``seat-001``) on which it is known whether there is
    a back door, ``use_decided`` those on which orphans and unusual use are decided.
    """

    number: str
    """The audits, by their numbers."""
    doors_decided: frozenset[str]
    use_decided: frozenset[str]


def prove_coverage(site: Site, proofs: Proofs, audit: AuditEvidence | None = None) -> Proof:
    """For each requirement what shows it (notes) and what nothing shows (undecided)."""
    notes, undecided = [], []
    for name, (title, evidence) in REQUIREMENTS.items():
        pieces = [*evidence(site, proofs)]
        if name == "A9":
            pieces += _audited(site, audit)
        for piece in pieces:
            if piece.shown:
                notes.append(
                    Finding((name,), piece.what, title, "nothing to do", witness=piece.where)
                )
            else:
                undecided.append(
                    Finding(
                        (name,),
                        claim("nothing shows: {what}", what=claim(piece.what)),
                        title,
                        _seek(piece.where),
                    )
                )
    shown = {note.elements[0] for note in notes} - {gap.elements[0] for gap in undecided}
    return Proof(
        NAME,
        TITLE,
        notes=tuple(notes),
        undecided=tuple(undecided),
        counts={
            "requirements": len(REQUIREMENTS),
            "shown": len(shown),
            "pieces": len(notes) + len(undecided),
            "pieces_shown": len(notes),
        },
    )


def _seek(where: str) -> str:
    return claim("see {where}", where=claim(where))


def _but(what: str, names: list[str]) -> str:
    """The piece, with the names of what lacks it."""
    if not names:
        return what
    return claim("{what} (not {names})", what=claim(what), names=", ".join(names))


def _proved(proofs: Proofs, *names: str) -> Iterator[RequirementEvidence]:
    for name in names:
        proof = proofs.get(name)
        if proof is not None:
            yield RequirementEvidence(
                proof.title, proof.verdict is ProofVerdict.HOLDS, claim("proof {name}", name=name)
            )
        else:
            yield RequirementEvidence(
                claim("the proof {name}, which was not run", name=name),
                False,
                claim("proof {name}", name=name),
            )


def _dual_network(_: Site, proofs: Proofs) -> Iterator[RequirementEvidence]:
    yield from _proved(proofs, "single_points", "redundancy")


def _isolated(_: Site, proofs: Proofs) -> Iterator[RequirementEvidence]:
    yield from _proved(proofs, "isolation")


def _equipment(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    for role in (role for role in site.roles.values() if "A3" in role.requirements):
        found = [device.name for device in site.devices_with_role(role.name)]
        yield RequirementEvidence(
            claim("{role}: {found}", role=role, found=", ".join(found) or claim("none")),
            bool(found),
            "hosts.yml",
        )


def _core_switches(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    single = [
        device.name
        for device in _evidence_for(site, "A4")
        if device.asset is None or device.asset.power_supplies < 2
    ]
    yield RequirementEvidence(
        _but("redundant power of core switches and routers", single),
        not single,
        "hosts.yml asset.power_supplies",
    )
    yield RequirementEvidence(
        "2.5 Tbps of switching capacity and 480 Mpps of forwarding",
        False,
        "the data sheet of the model in hosts.yml and a measurement at acceptance: nothing here "
        "measures it",
    )


def _inner_firewall(site: Site, proofs: Proofs) -> Iterator[RequirementEvidence]:
    rules = [rule for rule_set in _rule_sets(site, "A5") for rule in rule_set.rules]
    yield from _dimensions(rules)
    yield from _proved(proofs, "policies", "filters", "capacity")
    yield RequirementEvidence(
        "host recognition without a client and a risk index for each host",
        False,
        "the running network: no part of the product recognises hosts yet",
    )


def _dimensions(rules: Iterable[DeclaredRule]) -> Iterator[RequirementEvidence]:
    found = list(rules)
    for what, shown in (
        ("address", any(rule.sources or rule.destinations for rule in found)),
        ("time", any(rule.time for rule in found)),
        ("user", any(rule.users for rule in found)),
        ("application", any(rule.applications for rule in found)),
        ("maximum bandwidth", any(r.bandwidth and r.bandwidth.maximum_mbps for r in found)),
        ("guaranteed bandwidth", any(r.bandwidth and r.bandwidth.guaranteed_mbps for r in found)),
        ("priority", len({r.bandwidth.priority for r in found if r.bandwidth}) > 1),
        ("per-address limits", any(rule.per_address for rule in found)),
    ):
        yield RequirementEvidence(
            claim("rules of the inner firewalls by {what}", what=claim(what)), shown, "policies.yml"
        )


def _intrusion_prevention(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    devices = {device.name for device in _evidence_for(site, "A6")}
    profiled = {name for profile in site.ips_profiles.values() for name in profile.devices}
    yield RequirementEvidence(
        "every intrusion prevention device has a profile of more than 9,000 signatures and "
        "SCADA protocols",
        bool(devices) and devices <= profiled,
        "protection.yml",
    )
    kinds = [{flood.kind for flood in profile.floods} for profile in site.ips_profiles.values()]
    yield RequirementEvidence(
        "thresholds both ways for the six kinds of flood",
        bool(kinds) and all(found == set(FloodKind) for found in kinds),
        "protection.yml",
    )
    unlimited = sorted(
        f"{profile.name}/{flood.kind}"
        for profile in site.ips_profiles.values()
        for flood in profile.floods
        if flood.kind in SESSION_FLOODS
        and None in (flood.inward_per_source, flood.outward_per_source)
    )
    yield RequirementEvidence(
        _but("one source cannot use up what all have, either way", unlimited),
        bool(kinds) and not unlimited,
        "protection.yml inward_per_source, outward_per_source",
    )
    portwise = sorted(name for name in devices if site.devices[name].platform not in families())
    yield RequirementEvidence(
        _but("signatures are matched in line", portwise),
        bool(devices) and not portwise,
        "the platform in hosts.yml: a Linux device drops floods and industrial protocols by their "
        "ports and has no engine that matches signatures",
    )
    yield RequirementEvidence(
        "the same policy dimensions: rules of the intrusion prevention devices",
        any(_rule_sets(site, "A6")),
        "policies.yml",
    )


def _gate(site: Site, proofs: Proofs) -> Iterator[RequirementEvidence]:
    kinds = {channel.kind for gate in site.gates.values() for channel in gate.channels}
    yield RequirementEvidence("a channel for SIP control", ChannelKind.SIP in kinds, "gates.yml")
    yield RequirementEvidence(
        "a channel for database synchronisation", ChannelKind.DATABASE in kinds, "gates.yml"
    )
    yield RequirementEvidence(
        "hot standby of two or more nodes, each gate with its mode",
        bool(site.gates) and all(len(gate.devices) > 1 for gate in site.gates.values()),
        "gates.yml",
    )
    yield from _proved(proofs, "redundancy")


def _log_audit(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    yield RequirementEvidence(
        "two log audit devices",
        len(list(_evidence_for(site, "A8"))) >= 2,
        "hosts.yml",
    )
    ours = [device for device in site.devices.values() if device.is_ours]
    yield RequirementEvidence(
        "attributes and at least 6 kinds of tags on every device of ours",
        bool(ours) and all(device.asset and len(device.tags) >= 6 for device in ours),
        "hosts.yml",
    )


def _bastion(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    held = {name for account in site.accounts for name in account.devices}
    without = sorted(d.name for d in site.devices.values() if d.deployed and d.name not in held)
    yield RequirementEvidence(
        _but("declared accounts with their usual range of use on every deployed device", without),
        bool(held) and not without,
        "accounts.yml",
    )
    on_terminals = {name for account in site.accounts for name in account.terminals}
    closed = [seat.name for seat in site.seats.values() if seat.name not in on_terminals]
    yield RequirementEvidence(
        _not_on("declared accounts with their usual range of use on every terminal", closed),
        bool(site.seats) and not closed,
        "accounts.yml terminals",
    )
    yield RequirementEvidence(
        "access to the bastion over IPv6",
        False,
        "the declaration: the management network has no IPv6; audits of accounts read sign-ins "
        "from IPv4 and IPv6 addresses alike",
    )


def _audited(site: Site, audit: AuditEvidence | None) -> Iterator[RequirementEvidence]:
    places = {
        "deployed device": [device.name for device in site.deployed],
        "terminal": [seat.name for seat in site.seats.values()],
    }
    nothing: frozenset[str] = frozenset()
    decided = {
        "back-door accounts": nothing if audit is None else audit.doors_decided,
        "orphan accounts and unusual use": nothing if audit is None else audit.use_decided,
    }
    shows = "zhishou accounts audit: none within two days"
    if audit is not None:
        shows = claim("audit of accounts {number}", number=audit.number)
    for what, known in decided.items():
        for kind, names in places.items():
            missing = [name for name in names if name not in known]
            sought = claim("{what}, looked for on every {kind}", what=claim(what), kind=claim(kind))
            yield RequirementEvidence(
                _not_on(sought, missing) if audit is not None else sought,
                bool(names) and not missing,
                shows,
            )


def _not_on(sought: str, names: Sequence[str]) -> str:
    """With the places that are missing, the first ones of many."""
    shown, more = sorted(names)[:MOST_NAMED], len(names) - MOST_NAMED
    if more <= 0:
        return _but(sought, shown)
    listed = ", ".join(shown)
    return claim(
        "{what} (not {names} and {more} more)", what=claim(sought), names=listed, more=more
    )


def _internet_firewall(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    devices = {device.name for device in _evidence_for(site, "A10")}
    limited = {name for limit in site.http_flood_limits.values() for name in limit.devices}
    yield RequirementEvidence(
        "HTTP flood limits on every Internet firewall",
        bool(devices) and devices <= limited,
        "protection.yml",
    )
    proving = {name for proxy in site.syn_proxies.values() for name in proxy.devices}
    yield RequirementEvidence(
        "sessions above a rate have to prove themselves on every Internet firewall",
        bool(devices) and devices <= proving,
        "protection.yml syn_proxies",
    )
    asked = [limit.name for limit in site.http_flood_limits.values() if limit.requests_per_second]
    yield RequirementEvidence(
        claim(
            "a limit of requests of one source: {asked}", asked=", ".join(asked) or claim("none")
        ),
        bool(asked),
        "protection.yml requests_per_second",
    )
    rules = [r for found in _rule_sets(site, "A10") for r in found.rules]
    yield RequirementEvidence(
        "flow control by region",
        any(rule.from_regions and rule.bandwidth for rule in rules),
        "policies.yml",
    )


def _voice(site: Site, _: Proofs) -> Iterator[RequirementEvidence]:
    zones = {zone.name for zone in site.zones.values() if zone.side == "voice"}
    trunks = [circuit.name for circuit in site.circuits.values() if circuit.zone in zones]
    yield RequirementEvidence(
        claim("voice trunks: {trunks}", trunks=", ".join(trunks) or claim("none")),
        bool(trunks),
        "circuits.yml",
    )
    watched = [s.name for s in site.services.values() if any(c.kind == "sip" for c in s.checks)]
    yield RequirementEvidence(
        claim("SIP checks of {watched}", watched=", ".join(watched) or claim("nothing")),
        bool(watched),
        "services.yml",
    )
    yield RequirementEvidence(
        "fixed outbound numbers and short messages",
        False,
        "the contract with the carrier: the declaration has no field for numbers, and no part of "
        "the product sends short messages yet",
    )


def _growth(site: Site, proofs: Proofs) -> Iterator[RequirementEvidence]:
    used = {circuit.bandwidth_class for circuit in site.circuits.values()}
    used |= {link.bandwidth_class for link in site.links.values() if link.bandwidth_class}
    yield RequirementEvidence(
        claim("bandwidth classes in use: {used}", used=", ".join(sorted(used)) or claim("none")),
        len(used) > 1,
        "qos.yml",
    )
    yield from _proved(proofs, "addresses", "capacity")


def _evidence_for(site: Site, requirement: str) -> Iterator[Device]:
    """Devices whose role is evidence for the requirement."""
    return site.devices_where(lambda role: requirement in role.requirements)


def _rule_sets(site: Site, requirement: str) -> Iterator[RuleSet]:
    names = {device.name for device in _evidence_for(site, requirement)}
    return (found for found in site.rule_sets.values() if names & set(found.devices))


REQUIREMENTS: Mapping[str, tuple[str, Callable[[Site, Proofs], Iterator[RequirementEvidence]]]] = {
    "A1": ("dual network, dual-link hot standby, no single point of failure", _dual_network),
    "A2": ("Internet and e-government physically isolated", _isolated),
    "A3": ("the equipment of the table, each with its role", _equipment),
    "A4": ("core switches: capacity, forwarding, redundant power", _core_switches),
    "A5": ("inner firewalls: policies, bandwidth, priority, limits", _inner_firewall),
    "A6": ("intrusion prevention: signatures, SCADA, floods both ways", _intrusion_prevention),
    "A7": ("gate: SIP control, database synchronisation, modes, hot standby", _gate),
    "A8": ("log audit: attributes and tags of assets", _log_audit),
    "A9": ("bastion: accounts, orphans, back doors", _bastion),
    "A10": ("Internet firewall: HTTP flood protection, flow control by region", _internet_firewall),
    "A11": ("voice trunks, fixed numbers, short messages", _voice),
    "A12": ("growth by nodes, several access bandwidths, QoS", _growth),
}
