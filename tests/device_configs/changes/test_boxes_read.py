"""What a vendor box shows, as a place; what it is to have, as a fingerprint."""

from pathlib import Path

import pytest

from device_configs.changes.box_places import BoxSeen, answer_of_box, change_id_of
from device_configs.changes.box_targets import (
    fingerprint,
    path_of,
    target_of_former,
    target_of_rendered,
)
from device_configs.changes.kept_marks import KeptMarks
from device_configs.changes.kept_trials import MOST_TRIALS, KeptTrials
from device_configs.changes.states import Place
from device_configs.patches.parsing import parse_configuration
from device_configs.patches.secret_marks import SecretMarks

OLD = """#
sysname box
#
vlan batch 10 20
#
interface Vlanif10
 ip address 10.0.10.1 255.255.255.0
#
security-policy
 rule name first
  action permit
 rule name deny-all
  action deny
#
return
"""
NEW = OLD.replace("10 20", "10 30").replace(
    " rule name deny-all", " rule name more\n  action permit\n rule name deny-all"
)
HALFWAY = OLD.replace("10 20", "10 20 30")
TOKEN = "N-20261129-001.0.101500"
MINE = change_id_of(TOKEN)
PATH = target_of_rendered("huawei_vrp", OLD, NEW, None, paired=False)
HELD = target_of_rendered("huawei_vrp", OLD, NEW, None, paired=True)


@pytest.mark.parametrize(
    ("running", "saved", "pending", "held", "place"),
    [
        (OLD, OLD, None, False, Place.OLD),
        (OLD, OLD, "zs-another", False, Place.OLD),
        (OLD, OLD, MINE, False, Place.LOADING),
        (HALFWAY, OLD, MINE, False, Place.LOADING),
        (NEW, OLD, MINE, False, Place.TRIAL),
        (NEW, OLD, None, False, Place.TRIAL),
        (NEW, NEW, None, False, Place.NEW),
        (NEW, NEW, "zs-another", False, Place.MIXED),
        (HALFWAY, OLD, None, False, Place.MIXED),
        (HALFWAY, OLD, None, True, Place.LOADING),
        (NEW, OLD, None, True, Place.TRIAL),
        (OLD, OLD, None, True, Place.OLD),
    ],
    ids=[
        "as before", "as before, another change waits", "the watch runs and nothing was sent",
        "half of the lines behind the watch", "all of them", "confirmed, and not saved", "saved",
        "another change waits on it", "half of the lines and nothing waits",
        "half of the lines, held", "all of them, held", "as before, held",
    ],
)  # fmt: skip
def test_a_box_is_where_it_says(
    running: str, saved: str, pending: str | None, held: bool, place: Place
) -> None:
    target = HELD if held else PATH
    for path in (target.path, path_of(target.kept)):  # of this controller, and of another one
        assert answer_of_box(BoxSeen(running, pending, saved), path, TOKEN).place is place


def test_a_box_that_a_trial_never_came_to_is_as_it_was() -> None:
    assert answer_of_box(BoxSeen("", None), None, TOKEN).place is Place.OLD
    assert answer_of_box(BoxSeen("", MINE), None, TOKEN).place is Place.UNKNOWN


def test_fingerprints_are_equal_where_nothing_would_change() -> None:
    assert PATH.running != PATH.intended
    assert PATH.intended == fingerprint(parse_configuration("huawei_vrp", NEW))
    moved = NEW.replace(
        " rule name more\n  action permit\n rule name deny-all\n  action deny",
        " rule name deny-all\n  action deny\n rule name more\n  action permit",
    )
    assert fingerprint(parse_configuration("huawei_vrp", moved)) != PATH.intended
    swapped = NEW.replace(
        "sysname box\n#\nvlan batch 10 30\n", "vlan batch 30 10\n#\nsysname box\n"
    )
    assert swapped != NEW
    assert fingerprint(parse_configuration("huawei_vrp", swapped)) == PATH.intended
    back = target_of_former("huawei_vrp", NEW, OLD, paired=False)
    assert (back.running, back.intended) == (PATH.intended, PATH.running)


def test_of_a_pair_the_copied_lines_are_left_to_the_active_half() -> None:
    assert HELD.copied
    assert not PATH.copied
    assert [line for line in HELD.kept.own if line != "quit"] == ["vlan 30", "undo vlan 20"]
    assert set(HELD.kept.own) < set(HELD.kept.lines)
    assert any("rule move more" in line for line in HELD.kept.lines)


def test_what_is_kept_survives_the_controller_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    kept = KeptTrials(tmp_path)
    kept.keep(TOKEN, "fwi-a", PATH.kept)
    assert KeptTrials(tmp_path).of(TOKEN, "fwi-a") == PATH.kept
    assert KeptTrials(tmp_path).of(TOKEN, "fwi-b") is None
    (file,) = tmp_path.glob("changes/kept/*/*.json")
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("{")
    assert kept.of(TOKEN, "fwi-a") is None
    for at in range(MOST_TRIALS + 3):
        kept.keep(f"{TOKEN}{at}", "fwi-a", PATH.kept)
    assert len(list(tmp_path.glob("changes/kept/*"))) <= MOST_TRIALS + 1


COMMUNITY = OLD.replace("vlan batch", "snmp-agent community read cipher {}\n#\nvlan batch")
SEALED, AGAIN = COMMUNITY.format("%^%#x9!%^%#"), COMMUNITY.format("%^%#z3!%^%#")
GIVEN = COMMUNITY.format("canary")


@pytest.mark.parametrize(
    ("running", "saved", "pending", "place"),
    [
        (SEALED, SEALED, None, Place.OLD),
        (SEALED, SEALED, MINE, Place.LOADING),
        (AGAIN, SEALED, MINE, Place.TRIAL),
        (AGAIN, SEALED, None, Place.TRIAL),
        (AGAIN, AGAIN, None, Place.NEW),
    ],
    ids=["as before", "the watch runs and nothing was sent", "set", "set, not saved", "saved"],
)
def test_where_a_secret_alone_changes_the_cipher_says_where_a_box_is(
    running: str, saved: str, pending: str | None, place: Place
) -> None:
    marks = SecretMarks(b"key", {}).after(
        *(parse_configuration("huawei_vrp", text) for text in (OLD, COMMUNITY.format("x"), SEALED))
    )
    target = target_of_rendered("huawei_vrp", SEALED, GIVEN, None, paired=False, marks=marks)
    assert target.running != target.intended
    assert "canary" not in target.text
    for path in (target.path, path_of(target.kept)):
        assert path.only_secrets
        assert answer_of_box(BoxSeen(running, pending, saved), path, TOKEN).place is place
    unknown = target_of_rendered(
        "huawei_vrp", SEALED, GIVEN, None, paired=False, marks=SecretMarks(b"key", {})
    )
    assert unknown.running == unknown.intended


def test_marks_survive_the_controller_and_hold_no_secret(tmp_path: Path) -> None:
    nothing, given, shown = (parse_configuration("huawei_vrp", t) for t in (OLD, GIVEN, SEALED))
    kept = KeptMarks(tmp_path)
    assert kept.of("fwi-a").of == {}
    marks = kept.of("fwi-a").after(nothing, given, shown)
    kept.keep("fwi-a", marks)
    assert KeptMarks(tmp_path).of("fwi-a") == marks
    (file,) = tmp_path.glob("changes/secret-marks/*.json")
    assert file.stat().st_mode & 0o077 == 0
    assert "canary" not in file.read_text()
    file.write_text("{")
    assert kept.of("fwi-a").of == {}
