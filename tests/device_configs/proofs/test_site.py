"""Proofs and questions over the shipped declaration: order does not matter, answers name rules."""

import json
import random
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.net_cli import net
from device_configs.proofs.facts import Unreadable
from device_configs.proofs.failures.cuts import cuts, ways_to
from device_configs.proofs.failures.risks import failed_elements
from device_configs.proofs.failures.scenarios import single_failures
from device_configs.proofs.prove import NAMES, Subject, overall, prove
from device_configs.proofs.questions import ask
from device_configs.proofs.readers import read_facts
from device_configs.proofs.topology import attachments
from device_configs.proofs.verdict import Finding, Proof, ProofVerdict
from device_configs.render import Tree
from device_configs.site import Site
from ops_core.kernel.errors import NotFound
from tests.device_configs.proofs.planting import SHIPPED, shipped_site, shipped_subject


def shuffled(site: Site, seed: int) -> Site:
    """The same declaration, its items in another order."""
    dice = random.Random(seed)
    fields = {name: getattr(site, name) for name in Site.model_fields}
    for name in ("devices", "networks", "links", "circuits", "services", "seats", "zones"):
        items = list(fields[name].items())
        dice.shuffle(items)
        fields[name] = dict(items)
    return Site.model_construct(**fields)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_declaration_changes_no_proof(seed: int) -> None:
    subject = shipped_subject()
    site = shuffled(subject.site, seed)
    mixed = Subject(site, subject.trees, subject.twin_trees, subject.plan)
    for before, after in zip(prove(subject), prove(mixed), strict=True):
        assert (before.name, before.verdict, before.counts) == (
            after.name,
            after.verdict,
            after.counts,
        )
        assert before.findings == after.findings


def test_what_an_access_switch_cuts_is_exactly_its_own_seats() -> None:
    site = shipped_site()
    services = [service for service in site.services.values() if service.used_by_seats]
    found = cuts(ways_to(site, services), attachments(site), single_failures(failed_elements(site)))
    cut = {c.failed_elements[0].name: c.all_seats for c in found}
    own = {seat.name for seat in site.seats.values() if seat.switch == "sw-2"}
    assert cut["sw-2"] == own
    assert cut["rack:W2"] == own
    assert not {"core-a", "rt-a", "fwi-a", "ips-a", "feed:feed-a", "rack:R1"} & cut.keys()


def test_an_access_switch_is_no_bypass_between_the_cores() -> None:
    """User networks are stubs for routing: with all else gone a seat's frames end there."""
    site = shipped_site()
    kept = {
        name: link
        for name, link in site.links.items()
        if not {end.device for end in link.ends} & {"ips-a", "ips-b"} or "core-b" in name
    }
    fields = {name: getattr(site, name) for name in Site.model_fields}
    gone = {"core-b--sw-1", "core-a--core-b"}
    kept = {name: link for name, link in kept.items() if name not in gone}
    narrowed = Site.model_construct(**fields | {"links": kept})
    found = cuts(
        ways_to(narrowed, [narrowed.services["platform"]]),
        attachments(narrowed),
        single_failures(failed_elements(narrowed)),
    )
    lost = frozenset.intersection(*(cut.all_seats for cut in found))
    assert {narrowed.seats[name].switch for name in lost} == {"sw-1"}


@pytest.mark.parametrize(
    ("source", "destination", "service", "reaches", "deciding"),
    [
        ("seat-001", "platform", None, True, ("fwi-a", "agents-platform")),
        ("seat-001", "platform", "report-download", False, ("fwi-a", None)),
        ("seat-012", "platform", "report-download", True, ("fwi-a", "supervisors-reports")),
        ("seat-001", "platform", "clear-text-login", False, ("ips-a", "no-clear-text-login")),
        ("mon", "knowledge", "knowledge", True, ("fwi-a", "operations-probes")),
        ("egov", "seat-001", None, False, ("fwi-a", None)),
        ("198.51.100.7", "platform", None, True, ("fwx", "intake-province")),
        ("192.0.2.9", "platform", None, True, ("fwx", "intake-neighbours")),
        ("8.8.8.8", "platform", None, True, ("fwx", "intake-elsewhere")),
    ],
)
def test_a_question_is_answered_by_the_rule_that_decides(
    source: str,
    destination: str,
    service: str | None,
    reaches: bool,
    deciding: tuple[str, str | None],
) -> None:
    answer = ask(shipped_site(), source, destination, service)
    assert answer.reaches is reaches
    decided = {
        (filtered.device, passage.rule): passage.permits
        for leg in answer.legs
        for filtered in leg.filters
        for passage in filtered.passages
    }
    assert decided[deciding] is reaches


def test_the_internet_reaches_the_inner_side_by_a_channel_of_the_gate_only() -> None:
    answer = ask(shipped_site(), "inet", "platform")
    assert [leg.channels for leg in answer.legs] == [("intake",), ()]
    assert answer.legs[0].devices == ("inet", "fwx", "gap-a")
    refused = ask(shipped_site(), "inet", "core-a")
    assert (refused.reaches, refused.reason) == (False, "no channel of gap takes it")


def test_only_channels_whose_packets_pass_the_firewall_are_carried_on() -> None:
    answer = ask(shipped_site(), "platform", "inet")
    assert answer.legs[0].channels == ("publish", "cameras")


def test_an_unknown_end_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NotFound) as refused:
        ask(shipped_site(), "seat-01", "platform")
    assert "seat-" in refused.value.remedy


def test_a_platform_that_nothing_reads_back_is_unknown_and_never_holds() -> None:
    subject = shipped_subject()
    device = subject.site.devices["rt-a"].model_copy(update={"platform": "other"})
    fields = {name: getattr(subject.site, name) for name in Site.model_fields}
    site = Site.model_construct(**fields | {"devices": fields["devices"] | {"rt-a": device}})
    proofs = {
        p.name: p for p in prove(Subject(site, subject.trees, subject.twin_trees, subject.plan))
    }
    for name in ("isolation", "redundancy", "parity"):
        assert proofs[name].verdict is ProofVerdict.UNKNOWN
        assert proofs[name].undecided[0].elements == ("rt-a",)
    with pytest.raises(Unreadable):
        read_facts("frr", Tree("rt-a", (), ()))


def test_findings_outweigh_what_is_undecided_and_nothing_undecided_holds() -> None:
    finding = Finding(("x",), "is wrong", "because", "mend it")
    assert Proof("p", "t").verdict is ProofVerdict.HOLDS
    assert Proof("p", "t", undecided=(finding,)).verdict is ProofVerdict.UNKNOWN
    assert (
        Proof("p", "t", findings=(finding,), undecided=(finding,)).verdict is ProofVerdict.VIOLATED
    )
    unknown = Proof("p", "t", undecided=(finding,))
    assert overall([Proof("q", "t"), unknown]) is ProofVerdict.UNKNOWN
    assert overall([unknown, Proof("r", "t", (finding,))]) is ProofVerdict.VIOLATED


def test_the_command_answers_in_json_with_an_exit_code() -> None:
    run = CliRunner().invoke(
        net, ["prove", "--json", "--only", "addresses", "--inventory", str(SHIPPED)]
    )
    assert run.exit_code == 0
    assert [proof["verdict"] for proof in json.loads(run.stdout)] == ["holds"]
    unknown = CliRunner().invoke(net, ["prove", "--only", "coverage", "--inventory", str(SHIPPED)])
    assert unknown.exit_code == 2
    assert "A4: nothing shows" in unknown.stdout


def test_the_command_ends_with_one_where_a_claim_is_violated(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    links = (folder / "links.yml").read_text("utf-8")
    (folder / "links.yml").write_text(links.replace("ducts: [west]", "ducts: [east]"), "utf-8")
    run = CliRunner().invoke(net, ["prove", "--only", "single_points", "--inventory", str(folder)])
    assert run.exit_code == 1
    assert "duct:east: its failure cuts 72 seats" in run.stdout


def test_every_proof_has_its_name_in_the_command() -> None:
    assert [proof.name for proof in prove(shipped_subject())] == list(NAMES)
