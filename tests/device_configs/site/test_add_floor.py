"""A floor more: everything unique is free, comments stay, the checks and the proofs take it."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from device_configs.inventory_cli import inventory
from device_configs.proofs.prove import prove, subject_of
from device_configs.proofs.verdict import ProofVerdict
from device_configs.site import load_site
from device_configs.site.growth.yaml_edits import EditRefused, YamlEdits, child, with_words
from ops_core.kernel.errors import Conflict, Invalid, NotFound

SHIPPED = Path(__file__).parents[3] / "inventory"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))


def add(folder: Path, *words: str) -> str:
    answer = CliRunner().invoke(
        inventory, ["add-floor", "--inventory", str(folder), *words], catch_exceptions=False
    )
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def texts(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.is_file()}


def test_nothing_is_written_without_apply(folder: Path) -> None:
    before = texts(folder)
    shown = add(folder, "--seats", "12")
    assert texts(folder) == before
    assert (
        "+  - {name: seats-7, numbers: [73, 84], switch: sw-7, network: seats-7, row: 7, first: "
        "{address: 10.20.7.11, column: 1, phone: '8073', host_asset: PC-073, "
        "display_asset: DP-073}}\n"
    ) in shown
    assert "opens  seats > egov: tcp 8080" in shown


def test_a_floor_is_like_its_pattern_with_what_must_be_unique_free(folder: Path) -> None:
    before = load_site(folder)
    add(folder, "--seats", "12", "--apply")
    after = load_site(folder)
    new, old = after.devices["sw-7"], before.devices["sw-6"]
    assert (new.role, new.platform, new.half, new.tags) == (
        old.role, old.platform, old.half, old.tags)  # fmt: skip
    assert (new.rack, new.title.zh, new.asset.serial) == ("W7", "接入7", "PENDING-sw-7")
    assert new.wall not in [device.wall for device in before.devices.values()]
    network = after.networks["seats-7"]
    assert (str(network.prefix), network.vlan, str(network.gateway)) == ("10.20.7.0/24", 17,
                                                                        "10.20.7.1")  # fmt: skip
    assert len(after.seats) == 84
    assert after.user_groups["agents"].prefixes != before.user_groups["agents"].prefixes
    assert [link.name for link in after.links.values() if "sw-7" in link.name and "seat" not in
            link.name] == ["core-a--sw-7", "core-b--sw-7", "sw-mgmt--sw-7"]  # fmt: skip
    kept = before.devices.keys()
    unchanged = {name: d for name, d in after.devices.items() if name in kept and not d.ports}
    assert all(before.devices[name] == device for name, device in unchanged.items())


def test_in_a_declaration_without_groups_the_seats_are_rows(folder: Path) -> None:
    add(folder, "--seats", "2", "--apply")
    in_groups = load_site(folder).seats
    shutil.rmtree(folder)
    shutil.copytree(SHIPPED, folder)
    (folder / "seats.yml").unlink()
    shutil.copy(Path(__file__).parent / "seats_long.csv", folder / "seats.csv")
    assert "+73,sw-7,seats-7,10.20.7.11,7,1,8073,PC-073,DP-073\n" in add(
        folder, "--seats", "2", "--apply"
    )
    assert load_site(folder).seats == in_groups


def test_comments_and_every_line_that_was_there_stay(folder: Path) -> None:
    before = texts(folder)
    add(folder, "--seats", "3", "--apply")
    for name, text in texts(folder).items():
        missing = [line for line in before[name].splitlines() if line not in text.splitlines()]
        assert all("sw-6" in line or "seats-6" in line or "W6" in line for line in missing), name
        assert len(missing) <= 3


def test_the_proofs_see_a_floor_as_they_see_the_others(folder: Path) -> None:
    add(folder, "--seats", "12", "--apply")
    found = {proof.name: proof for proof in prove(subject_of(load_site(folder)))}
    # 84 seats behind what risks.yml accepts for 72: the owner of the risk has to agree.
    named = {finding.elements[0] for finding in found["single_points"].findings}
    assert named == {"egov", "pstn", "provider:carrier-b"}
    for name in ("isolation", "addresses", "policies", "filters", "redundancy", "capacity"):
        assert found[name].verdict is ProofVerdict.HOLDS, name


def test_floors_follow_each_other_and_like_names_the_pattern(folder: Path) -> None:
    add(folder, "--seats", "12", "--apply")
    add(folder, "--seats", "2", "--like", "sw-2", "--apply")
    site = load_site(folder)
    assert str(site.networks["seats-8"].prefix) == "10.20.8.0/24"
    assert [seat.number for seat in site.seats.values() if seat.switch == "sw-8"] == [85, 86]
    assert site.devices["sw-8"].rack == "W8"


def test_the_answer_for_programs_holds_the_diff_and_what_it_opens(folder: Path) -> None:
    found = json.loads(add(folder, "--seats", "1", "--json"))
    assert not found["written"]
    assert "+++ b/seats.yml" in found["diff"]
    assert {change["from_zone"] for change in found["against"]["opens"]} == {
        "seats", "operations", "services"}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--seats", "0"), Invalid.exit_code),
        (("--seats", "245"), Invalid.exit_code),
        (("--seats", "1", "--like", "core-a"), NotFound.exit_code),
    ],
    ids=["none", "more than the segment", "no floor"],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, words: tuple[str, ...], code: int
) -> None:
    before = texts(folder)
    answer = CliRunner().invoke(
        inventory, ["add-floor", "--inventory", str(folder), "--apply", *words]
    )
    assert answer.exit_code == code
    assert texts(folder) == before


def test_what_the_checks_refuse_is_not_written(folder: Path) -> None:
    hosts = folder / "hosts.yml"
    hosts.write_text(hosts.read_text("utf-8").replace("DEMO-0016", "PENDING-sw-7"), "utf-8")
    before = texts(folder)
    answer = CliRunner().invoke(
        inventory, ["add-floor", "--inventory", str(folder), "--apply", "--seats", "2"]
    )
    assert answer.exit_code == Conflict.exit_code
    assert "PENDING-sw-7" in answer.stderr
    assert texts(folder) == before


def test_a_list_that_is_written_in_lines_is_left_to_a_person() -> None:
    lines = "a:\n  - seats-6\n"
    edits = YamlEdits("x.yml", lines)
    with pytest.raises(EditRefused):
        edits.append(child(edits.root, "a"), "seats-7")
    assert edits.text == lines


names = st.from_regex(r"[a-z][a-z0-9-]{0,6}[a-z0-9]", fullmatch=True)


@given(st.lists(names, min_size=1, max_size=5, unique=True), st.dictionaries(names, names))
def test_only_whole_words_are_replaced(words: list[str], changes: dict[str, str]) -> None:
    text = "[" + ", ".join(words) + "]"
    expected = "[" + ", ".join(changes.get(word, word) for word in words) + "]"
    assert with_words(text, changes) == expected


@given(st.lists(names, min_size=1, max_size=4), names)
def test_an_entry_is_appended_to_a_list_in_brackets(words: list[str], entry: str) -> None:
    text = f"# 注释\na: [{', '.join(map(repr, words))}]  # stays\nb: 1\n"
    edits = YamlEdits("x.yml", text)
    edits.append(child(edits.root, "a"), repr(entry))
    assert yaml.safe_load(edits.text) == {"a": [*words, entry], "b": 1}
    assert edits.text.endswith("]  # stays\nb: 1\n")
