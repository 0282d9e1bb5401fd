"""What a proof says: a verdict, what it found, and how much it looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_core.kernel.i18n import Message, message


class ProofVerdict(StrEnum):
    """``UNKNOWN`` is a state of its own: it never counts as ``HOLDS``."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing a proof names.

    ``elements`` are declared names (devices, links, groups, rules ...), the failed elements first.
    ``witness`` is an example that anyone can check: a path, a packet, an address.
    """

    elements: tuple[str, ...]
    what: str
    why: str
    remedy: str
    witness: str = ""

    def __str__(self) -> str:
        witness = f" [{self.witness}]" if self.witness else ""
        return f"{', '.join(self.elements)}: {self.what}; {self.why}; {self.remedy}{witness}"


@dataclass(frozen=True)
class Proof:
    """The answer to one claim about the declaration.

    ``findings`` break the claim. ``undecided`` are the parts nothing was proved about, with the
    reason. ``notes`` are worth knowing and break nothing (accepted risks, double failures).
    ``counts`` say how much was looked at.
    """

    name: str
    title: str
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def verdict(self) -> ProofVerdict:
        """Violated by any finding; otherwise unknown by any part that was not decided."""
        if self.findings:
            return ProofVerdict.VIOLATED
        return ProofVerdict.UNKNOWN if self.undecided else ProofVerdict.HOLDS


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted and without doubles, so that the order of the declaration changes nothing."""
    return tuple(sorted(set(findings)))


def claim(template: str, **values: object) -> Message:
    """A text of a finding with values in it: English in the source, Chinese by the catalogue.

    A text without values is written as it is, and needs this only as a value of another one.
    """
    return template if isinstance(template, Message) else message(template, **values)
