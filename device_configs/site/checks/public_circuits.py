"""Circuits with the Internet at their far end: who ends one drops what nobody there can send."""

from device_configs.site.documents import Documents, link_name
from device_configs.site.faults import Faults
from device_configs.site.model import Action, Circuit, FilterPlace

CIRCUITS, POLICIES = "circuits.yml", "policies.yml"


def check(documents: Documents, faults: Faults) -> None:
    """Report public circuits that end where nothing is dropped, and zones that are both."""
    public = {circuit.zone for circuit in documents.circuits if circuit.public}
    for circuit in documents.circuits:
        if circuit.public:
            _ends(circuit, documents, faults)
        elif circuit.zone in public & _zones(circuit, documents):
            faults.add(
                CIRCUITS,
                f"circuits[{circuit.name}].public",
                f"is not public, and another circuit of {circuit.zone} is",
                "say the same of both: a zone has one kind of addresses",
            )


def _zones(circuit: Circuit, documents: Documents) -> set[str | None]:
    """Zones that its cables say: another one than the circuit's is a fault of its own."""
    return {link.zone for link in documents.links if link_name(link) in circuit.links}


def _ends(circuit: Circuit, documents: Documents, faults: Faults) -> None:
    ends = {link_name(link): (link.a, link.b) for link in documents.links}
    names = {name for link in circuit.links for name in ends.get(link, ())}
    ours = sorted(name for name in names & documents.known_devices.keys()
                  if not documents.known_devices[name][0].outside)  # fmt: skip
    open_ends = [name for name in ours if not _is_edge(name, documents)]
    if open_ends:
        faults.add(
            CIRCUITS,
            f"circuits[{circuit.name}].public",
            f"ends at {', '.join(open_ends)}, which drop nothing that comes from it",
            "end a public circuit at a firewall of the boundary",
        )
    for rule_set in documents.rule_sets:
        if rule_set.default is Action.ALLOW and set(ours) & set(rule_set.devices):
            faults.add(
                POLICIES,
                f"rule_sets[{rule_set.name}].default",
                f"allows what no rule names, where the public circuit {circuit.name} ends",
                "deny by default there",
            )


def _is_edge(name: str, documents: Documents) -> bool:
    return documents.known_devices[name][0].filtering is FilterPlace.BOUNDARY
