"""Vendor boxes changed by the engine, over real SSH: whatever happens, each ends old or new."""

import re
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from device_configs.changes.carrying import (
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.happenings import Happening, StageReached
from device_configs.changes.model import StageKind
from device_configs.changes.report import change_json, show_change, show_plan
from device_configs.changes.states import ChangeState
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.errors import Conflict
from ops_core.kernel.tables import AuditEntryRow, EventRow
from tests.device_configs.changes.vendor_site import (
    BOXES,
    CANARY,
    LI,
    WANG,
    QuietFleet,
    VendorWork,
    planned,
)
from tests.device_configs.changes.vendor_stand import (
    CORES,
    FIREWALLS,
    ROUTERS,
    Stand,
    carry_until,
    processes,
    read_plan,
)


def rules_of(stand: Stand, name: str) -> list[str]:
    shown = stand.devices[name].running_text()
    return re.findall(r"^ rule name (\S+)", shown, re.M)


def test_linux_devices_and_boxes_are_one_plan_that_is_carried_out_and_taken_back(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    linux = QuietFleet(frozenset({"ips-a", "ips-b", "sw-1", "sw-2"}))
    work = replace(stand.work, linux=linux)
    number = planned(work)
    plan = read_plan(work, number).request.plan
    kinds = [(stage.kind, set(stage.devices)) for stage in plan.stages]
    assert kinds[:3] == [
        (StageKind.STANDBY_HALF, {"rt-b", "core-b", "ips-b"}),
        (StageKind.COPYING_PAIR, set(FIREWALLS)),
        (StageKind.ACTIVE_HALF, {"rt-a", "core-a", "ips-a"}),
    ]
    reverts = {name: plan.difference(name).revert for name in (*BOXES, "ips-a")}
    assert set(reverts.values()) >= {RevertClass.NATIVE, RevertClass.INVERSE, RevertClass.TIMER}
    assert {reverts[name] for name in FIREWALLS} == {RevertClass.INVERSE}

    change = carry_out(work, LI, number)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.contents(*BOXES) == {"new"}
    for name in BOXES:
        assert stand.devices[name].saved_text() == stand.devices[name].running_text()
    for name in FIREWALLS:  # the first match of both halves
        rules = rules_of(stand, name)
        assert rules.index("operations-reports") == rules.index("platform-to-gate") - 1
    for name in CORES:
        assert_kept_lines_never_go(stand, name)
    assert draw_up_plan(work, LI, BOXES, revert_in_s=180).stages == ()

    back = record_request(work, LI, draw_up_rollback(boxes_alone(work), LI, number))
    undone = carry_out(boxes_alone(work), LI, back)
    assert undone.state is ChangeState.CONFIRMED, undone.message
    assert stand.contents(*BOXES) == {"old"}

    show_plan(plan, number)
    show_change(undone)
    with work.database.reading() as session:
        rows = [str(row.payload) for row in session.scalars(select(EventRow))]
        rows += [str(row.detail) for row in session.scalars(select(AuditEntryRow))]
    shown = [capsys.readouterr().out, str(change_json(change)), *rows]
    assert not [text for text in shown if CANARY in text]


def boxes_alone(work: VendorWork) -> VendorWork:
    """The same work, whose Linux devices have what they are to have."""
    return replace(work, linux=QuietFleet(frozenset({"ips-a", "ips-b", "sw-1", "sw-2"})))


def assert_kept_lines_never_go(stand: Stand, name: str) -> None:
    """No state between lost a VLAN that both ends have."""
    states = stand.devices[name].log_of_states()
    kept = vlans(states[0]) & vlans(states[-1])
    assert kept
    assert len(states) > 2
    for state in states:
        assert kept <= vlans(state)


def vlans(text: str) -> set[str]:
    return set(re.findall(r"^ *vlan (\d+)$", text, re.M))


FAULTS = {
    "a session cut in the middle of the lines": {
        "drop_at": "^network 10.20.7.0|^vlan 17|^rule name"
    },
    "a session cut behind the line that begins the trial": {
        "drop_behind": "^commit trial|^configuration commit delay|^ *action permit"
    },
    "a refused line": {"refuse": "^network 10.20.7.0|^vlan 17|^rule move"},
    "an answer that never comes": {"silent_at": "^commit trial|^vlan 17|^rule name"},
    "garbage for an answer": {"garbage_at": "^display current"},
    "a full disk": {"disk_full": True},
}
CURED: Mapping[str, Any] = {
    "drop_at": "", "drop_behind": "", "refuse": "", "silent_at": "", "garbage_at": "",
    "disk_full": False,
}  # fmt: skip


@pytest.mark.parametrize("traits", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("pair", [ROUTERS, CORES, FIREWALLS], ids=["vrp8", "comware", "usg pair"])
def test_a_box_in_trouble_ends_old_or_new_and_so_does_its_half(
    stand: Stand, pair: tuple[str, str], traits: Mapping[str, Any]
) -> None:
    work = replace(stand.work, answer_s=1)
    number = planned(work, *pair)
    in_trouble = stand.devices[pair[0]]
    cured = False

    def on_step(_happened: str, happening: Happening) -> None:
        """The trouble begins with the load of the box, and is over once it showed itself."""
        nonlocal cured
        if isinstance(happening, StageReached) and happening.state in ("reverting", "confirming"):
            in_trouble.set_traits(**CURED)
            cured = True
        elif isinstance(happening, StageReached) and not cured:
            in_trouble.set_traits(**traits)

    change = carry_out(work, LI, number, on_step=on_step)
    if "disk_full" not in traits:
        met = re.compile("|".join(traits.values()))
        assert any(met.search(line) for line in in_trouble.sent_lines())
    found = {name: stand.content(name) for name in pair}
    assert set(found.values()) <= {"old", "new"}
    assert {name: place.value for name, place in change.places.items()} == found
    if pair == FIREWALLS:
        assert len(set(found.values())) == 1
    for name in pair:
        box = stand.devices[name]
        assert (box.state.trial, box.state.rollback_point, box.state.reboot_at) == (
            None,
            None,
            None,
        )


def test_a_box_that_nobody_confirms_takes_itself_back(stand: Stand) -> None:
    work = stand.work
    number = planned(work, *ROUTERS, *CORES)
    held = carry_out(work, LI, number, hold=True)
    assert held.state is ChangeState.RUNNING
    assert stand.contents("rt-b", "core-b") == {"new"}
    stand.devices.advance(400)
    assert stand.contents("rt-b", "core-b") == {"old"}
    change = carry_out(work, LI, number, again=True)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert stand.contents(*ROUTERS, *CORES) == {"old"}


def test_a_firewall_alone_restarts_into_what_is_saved_when_nobody_confirms(stand: Stand) -> None:
    """Lines that a pair does not copy go half by half, each behind a planned restart."""
    texts = {
        name: stand.before[name][0].replace(
            "#\nreturn", "#\ninterface LoopBack7\n description watch\n#\nreturn"
        )
        for name in FIREWALLS
    }
    work = replace(stand.work, texts=texts)
    number = planned(work, *FIREWALLS)
    plan = read_plan(work, number).request.plan
    assert [(stage.kind, stage.devices) for stage in plan.stages] == [
        (StageKind.STANDBY_HALF, ("fwi-b",)), (StageKind.ACTIVE_HALF, ("fwi-a",)),
    ]  # fmt: skip
    assert {plan.difference(name).revert for name in FIREWALLS} == {RevertClass.REBOOT}
    carry_out(work, LI, number, hold=True)
    assert stand.devices["fwi-b"].state.reboot_at is not None
    stand.devices.advance(400)
    change = carry_out(work, LI, number, again=True)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert stand.contents(*FIREWALLS) == {"old"}
    done = carry_out(work, LI, planned(work, *FIREWALLS))
    assert done.state is ChangeState.CONFIRMED, done.message
    for name in FIREWALLS:
        assert "description watch" in stand.devices[name].saved_text()
        assert stand.devices[name].state.reboot_at is None


def test_a_pair_out_of_contact_is_not_changed(stand: Stand) -> None:
    number = planned(stand.work, *FIREWALLS)
    stand.devices["fwi-a"].set_peer_up(False)
    change = carry_out(stand.work, LI, number)
    assert (change.state, change.has_touched) == (ChangeState.CANCELLED, False)
    assert "its pair stands" in change.message


def test_half_of_a_pair_that_copies_is_no_plan(stand: Stand) -> None:
    with pytest.raises(Conflict) as refusal:
        draw_up_plan(stand.work, LI, ["fwi-a"], revert_in_s=180)
    assert "fwi-b" in refusal.value.detail


def test_a_box_that_changed_since_the_plan_is_not_touched(stand: Stand) -> None:
    number = planned(stand.work, *ROUTERS)
    with stand.work.boxes().sessions.session("rt-b") as driver:
        driver.load_merge_candidate(config="interface LoopBack9\n description by hand\n")
        driver.commit_config()
    by_hand = stand.devices["rt-b"].running_text()
    change = carry_out(stand.work, LI, number)
    assert change.state is ChangeState.ROLLED_BACK
    assert "changed since" in change.message
    assert stand.devices["rt-b"].running_text() == by_hand
    assert stand.content("rt-a") == "old"


def is_reached(stand: Stand, word: str) -> bool:
    """Whether the boxes are where their controller is to be killed."""
    if word == IN_THE_LINES:
        return "source-zone trust" in stand.devices["fwi-a"].sent_lines()
    return stand.devices["rt-b"].state.trial is not None


IN_THE_LINES, UNRECORDED = "in the lines of fwi-a", "rt-b on trial and not on record"
KILLS = ["0:gating", "1:loading", IN_THE_LINES, UNRECORDED]


@pytest.mark.parametrize("word", KILLS)
def test_another_controller_brings_to_an_end_what_one_was_killed_over(
    stand: Stand, declared_folder: Path, word: str
) -> None:
    names = (*ROUTERS, *FIREWALLS)
    work = stand.work
    number = planned(work, *names)
    directory = work.settings.state_directory
    slow = {IN_THE_LINES: "fwi-a", UNRECORDED: "rt-b"}.get(word)
    if slow is not None:
        stand.devices[slow].set_traits(latency=0.1 if word == UNRECORDED else 0.3)
    controller = processes.Process(
        target=carry_until, args=(directory, declared_folder, number, word)
    )
    controller.start()
    while slow is not None and controller.is_alive():
        if is_reached(stand, word):
            controller.kill()
        time.sleep(0.05)
    controller.join()
    assert controller.exitcode == -signal.SIGKILL
    if slow is not None:
        stand.devices[slow].set_traits(latency=0)
    if word == UNRECORDED:
        assert read_plan(work, number).devices["rt-b"].steps == ()
    change = carry_out(work, LI, number, again=True)
    expected = {
        "1:loading": {"old", "new"}, IN_THE_LINES: {"old", "new"},
    }.get(word, {"new"})  # fmt: skip
    found = {name: stand.content(name) for name in names}
    assert set(found.values()) == expected
    assert {name: place.value for name, place in change.places.items()} == found
    assert found["fwi-a"] == found["fwi-b"]


def test_a_change_does_not_begin_beside_a_half_that_another_one_left_on_trial(stand: Stand) -> None:
    """Its controller holds no lock any more, and the box may take itself back at any moment."""
    work = stand.work
    first = planned(work, "rt-b")
    carry_out(work, LI, first, hold=True)
    second = planned(work, "rt-a")
    with pytest.raises(Conflict) as refused:
        carry_out(work, WANG, second)
    assert "li.ming" in refused.value.detail
    assert first in refused.value.detail
    assert stand.content("rt-a") == "old"
    assert read_plan(work, second).state is ChangeState.APPROVED
    done = carry_out(work, LI, first, again=True)
    assert done.state is ChangeState.CONFIRMED, done.message
    done = carry_out(work, WANG, second)
    assert done.state is ChangeState.CONFIRMED, done.message


def test_of_two_engineers_at_once_the_second_is_told_who_holds_it(stand: Stand) -> None:
    work = stand.work
    first, second = planned(work, "rt-b"), planned(work, "rt-a")
    refusals: list[Conflict] = []

    def on_step(_happened: str, happening: Happening) -> None:
        """The other one begins while this one has its half on trial."""
        if isinstance(happening, StageReached) and happening.state == "gating":
            with pytest.raises(Conflict) as refused:
                carry_out(work, WANG, second)
            refusals.append(refused.value)

    done = carry_out(work, LI, first, on_step=on_step)
    assert done.state is ChangeState.CONFIRMED, done.message
    (refused,) = refusals
    assert "li.ming" in refused.detail
    assert first in refused.detail
    assert (stand.content("rt-b"), stand.content("rt-a")) == ("new", "old")
    assert read_plan(work, second).state is ChangeState.APPROVED
