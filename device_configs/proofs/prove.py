"""All proofs over one declaration, in their order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock

from device_configs.proofs import addresses, coverage, isolation, parity, redundancy
from device_configs.proofs.collector import collector_paused
from device_configs.proofs.failures import capacity, single_points
from device_configs.proofs.filters import policies, protection
from device_configs.proofs.filters import rendered as filters
from device_configs.proofs.hardening import proof as hardening
from device_configs.proofs.other_family import of_one_family
from device_configs.proofs.renderings import (
    Filters,
    Renderings,
    read_renderings,
    render_all,
)
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.render import Secrets, Tree
from device_configs.render.secrets import MASK
from device_configs.site.model import AccountProtocol, Site
from device_configs.twin.plan import TwinPlan, plan_twin


def placeholders(site: Site) -> Secrets:
    """Proofs need no secret: renderings are made with these and never leave the process."""
    users = (a.name for a in site.accounts if a.protocol is AccountProtocol.SNMP)
    return Secrets(
        snmp_community="placeholder",
        snmp_user=next(users, "placeholder"),
        snmp_auth_password="placeholder",  # noqa: S106 - proofs do not look at secrets
        snmp_priv_password="placeholder",  # noqa: S106
        login_keys={account.name: "placeholder" for account in site.accounts},
        keys=dict.fromkeys(site.secret_names, MASK),
    )


ABOUT_BOTH = frozenset({capacity.NAME, policies.NAME, filters.NAME})
"""Proofs that speak of IPv6 as well: cables carry either family, a rule meets a packet of IPv6 as
that of IPv4 between the same hosts, and whether a filter does so is compared."""


@dataclass(frozen=True)
class Subject:
    """What is proved: a declaration, its renderings for production and for the twin, its twin."""

    site: Site
    trees: Mapping[str, Tree]
    twin_trees: Mapping[str, Tree]
    plan: TwinPlan
    failed: Mapping[str, str] = field(default_factory=dict)
    """Devices that cannot be rendered, with the reason."""
    audit: coverage.AuditEvidence | None = None
    """The last audit of accounts, unless it is too old to show anything."""


def subject_of(site: Site, audit: coverage.AuditEvidence | None = None) -> Subject:
    """Render a declaration for the proofs; pure but for reading templates."""
    secrets = placeholders(site)
    trees, failed = render_all(site, secrets)
    twin = parity.twin_of(site)
    twin_trees = trees if twin is site else render_all(twin, secrets)[0]
    return Subject(site, trees, twin_trees, plan_twin(site), failed, audit)


def prove(subject: Subject, only: Collection[str] = ()) -> list[Proof]:
    """Every proof, or those named; coverage always sees the verdicts of all others."""
    site = subject.site

    @cache
    def production() -> Renderings:
        return read_renderings(site, subject.trees, subject.failed)

    def twin_parity() -> Proof:
        twin = _twin_renderings(subject, production())
        return parity.prove_parity(
            site, subject.plan, production(), twin, subject.trees, subject.twin_trees
        )

    runs: Mapping[str, Callable[[], Proof]] = {
        single_points.NAME: lambda: single_points.prove_single_points(site),
        isolation.NAME: lambda: isolation.prove_isolation(site, production()),
        addresses.NAME: lambda: addresses.prove_addresses(site),
        policies.NAME: lambda: policies.prove_policies(site),
        filters.NAME: lambda: filters.prove_filters(
            site, Filters(site, subject.trees, production())
        ),
        protection.NAME: lambda: protection.prove_protection(
            site, Filters(site, subject.trees, production())
        ),
        hardening.NAME: lambda: hardening.prove_hardening(site, subject.trees, subject.failed),
        redundancy.NAME: lambda: redundancy.prove_redundancy(site, production()),
        capacity.NAME: lambda: capacity.prove_capacity(site),
        parity.NAME: twin_parity,
    }
    chosen = set(only) or {*runs, coverage.NAME}
    needed = runs.keys() if coverage.NAME in chosen else runs.keys() & chosen
    with collector_paused():
        found = {name: run() for name, run in runs.items() if name in needed}
    found = of_one_family(site, found, about_both=ABOUT_BOTH)
    if coverage.NAME in chosen:
        found[coverage.NAME] = coverage.prove_coverage(site, found, subject.audit)
    return [proof for name, proof in found.items() if name in chosen]


class DeclaredProofs:
    """The proofs of one declaration, made when they are first asked for.

    ``audit`` reads the last audit of accounts: what coverage says of it is made anew each time.
    """

    def __init__(
        self,
        site: Site,
        audit: Callable[[], coverage.AuditEvidence | None] = lambda: None,
    ) -> None:
        self._site, self._audit = site, audit
        self._made: tuple[Proof, ...] | None = None
        self._lock = Lock()

    def proofs(self) -> Sequence[Proof]:
        """Every proof in its order; threads that ask at the same time wait for the same ones."""
        with self._lock:
            if self._made is None:
                self._made = tuple(prove(subject_of(self._site)))
            made = {proof.name: proof for proof in self._made}
        audit = self._audit()
        if audit is not None:
            made[coverage.NAME] = coverage.prove_coverage(self._site, made, audit)
        return tuple(made.values())


NAMES = (
    single_points.NAME,
    isolation.NAME,
    addresses.NAME,
    policies.NAME,
    filters.NAME,
    protection.NAME,
    hardening.NAME,
    redundancy.NAME,
    capacity.NAME,
    parity.NAME,
    coverage.NAME,
)
"""Every proof by the name that ``--only`` takes, in the order they are told."""


def _twin_renderings(subject: Subject, production: Renderings) -> Renderings:
    """The twin's facts; a tree that is the same object as production's is not read again."""
    twin = parity.twin_of(subject.site)
    if twin is not subject.site:
        return read_renderings(twin, subject.twin_trees, subject.failed)
    other = {
        name: tree for name, tree in subject.twin_trees.items() if tree is not subject.trees[name]
    }
    read = read_renderings(twin, other, subject.failed)
    same = {name: found for name, found in production.facts.items() if name not in other}
    return Renderings({**same, **read.facts}, {**production.unreadable, **read.unreadable})


def overall(proofs: Collection[Proof]) -> ProofVerdict:
    """Violated if any is; otherwise unknown if any is; holds only when all hold."""
    verdicts = {proof.verdict for proof in proofs}
    for verdict in (ProofVerdict.VIOLATED, ProofVerdict.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return ProofVerdict.HOLDS
