"""What befalls a change from around it: its record's database, its disk, its clock, its people.

The boxes are emulated behind real SSH; database, disk, processes and clocks are real. Whatever
happens, every box ends old or new as a whole, and the record says which.
"""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from device_configs.changes import recording, service
from device_configs.changes.background import BackgroundChanges, StepUnderWay
from device_configs.changes.carrying import carry_out, draw_up_plan, record_request
from device_configs.changes.happenings import DevicePlaced, Happening, StageReached
from device_configs.changes.history import NetworkChange
from device_configs.changes.kept_trials import FOLDER as KEPT
from device_configs.changes.left_changes import LEFT_FOR, REASON, end_left_changes
from device_configs.changes.left_trials import SETTLED_AFTER
from device_configs.changes.model import ChangeRequest, ChangeWindow
from device_configs.changes.states import ChangeState, StageState
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.containment import Containment
from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import Conflict, DatabaseBusy, DomainError
from ops_core.kernel.tables import EventRow
from tests.device_configs.changes.vendor_site import BOXES, CHEN, LI, WANG, VendorWork, planned
from tests.device_configs.changes.vendor_stand import (
    CORES,
    FIREWALLS,
    RECORD,
    ROUTERS,
    Stand,
    carry_until,
    processes,
    read_plan,
)
from tests.full_disk import full_disk
from tests.pace import is_over

NATIVE = (*ROUTERS, *CORES)
"""Boxes that take themselves back."""
OLD, NEW = {"old"}, {"new"}
PATIENCE_S = 60
REVERT_IN_S = 180
OnStep = Callable[[str, Happening], None]


class MovedClock(SystemClock):
    """The system's clock, which somebody sets forward or back; monotonic time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


def at(word: str, act: Callable[[], None]) -> OnStep:
    """Act once, when the change gets so far: ``0:gating``."""
    done = False

    def on_step(_happened: str, happening: Happening) -> None:
        nonlocal done
        reached = isinstance(happening, StageReached)
        if reached and not done and f"{happening.stage}:{happening.state}" == word:  # type: ignore[attr-defined]
            done = True
            act()

    return on_step


def assert_said(stand: Stand, change: NetworkChange) -> None:
    """Each box is old or new as a whole, nothing of it is on trial, and the record says so."""
    names = list(change.places)
    found = stand.found(*names)
    assert set(found.values()) <= OLD | NEW
    assert {name: place.value for name, place in change.places.items()} == found
    assert change.state.is_over
    for name in names:
        state = stand.devices[name].state
        assert (state.trial, state.rollback_point, state.reboot_at) == (None, None, None), name
    with stand.work.database.reading() as session:
        assert verify_chain(session) == []


# The record's database


@contextmanager
def locked(stand: Stand) -> Iterator[Callable[[], None]]:
    """Another process's transaction; the function ends it."""
    path = stand.work.settings.state_directory / RECORD
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield lambda: other.execute("ROLLBACK") and None
    finally:
        other.close()


def impatient(stand: Stand) -> VendorWork:
    """The same work by a database that waits a tenth of a second for its turn."""
    url = f"sqlite:///{stand.work.settings.state_directory / RECORD}"
    return replace(stand.work, database=Database(create_database_engine(url, 0.1)))


@pytest.fixture
def short_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "END_PAUSE", timedelta(seconds=0.1))


@pytest.mark.usefixtures("short_tries")
def test_a_database_that_is_locked_for_a_while_costs_no_step_of_the_record(stand: Stand) -> None:
    work = impatient(stand)
    number = planned(work, *ROUTERS)
    path = work.settings.state_directory / RECORD
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def lock() -> None:
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.4, lambda: other.execute("ROLLBACK")).start()

    change = carry_out(work, LI, number, on_step=at("0:loading", lock))
    other.close()
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.contents(*ROUTERS) == NEW
    assert_said(stand, change)
    work.database.close()


def test_a_database_that_is_locked_before_the_beginning_leaves_all_as_it_was(stand: Stand) -> None:
    work = impatient(stand)
    number = planned(work, *ROUTERS)
    with locked(stand), pytest.raises(DatabaseBusy):
        carry_out(work, LI, number)
    assert read_plan(work, number).state is ChangeState.APPROVED
    assert stand.contents(*ROUTERS) == OLD
    work.database.close()


@pytest.mark.usefixtures("short_tries")
def test_a_database_that_stays_locked_confirms_nothing_and_the_change_is_ended_later(
    stand: Stand,
) -> None:
    """That a half is confirmed goes on record before it is done."""
    clock = MovedClock()
    work = replace(impatient(stand), clock=clock)
    number = planned(work, *NATIVE)
    path = work.settings.state_directory / RECORD
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    lock = at("0:gating", lambda: other.execute("BEGIN IMMEDIATE") and None)
    with pytest.raises(DatabaseBusy):
        carry_out(work, LI, number, on_step=lock)
    other.execute("ROLLBACK")
    other.close()
    assert read_plan(work, number).state is ChangeState.RUNNING
    left_alone(stand, clock)
    (change,) = end_left_changes(work)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert REASON in change.message
    assert stand.contents(*NATIVE) == OLD
    assert_said(stand, change)
    work.database.close()


def left_alone(stand: Stand, clock: MovedClock) -> None:
    """The devices' own time passes, and that of who might go on."""
    passed = timedelta(seconds=REVERT_IN_S) + SETTLED_AFTER
    stand.devices.advance(round(passed.total_seconds()))
    clock.offset += passed


# A controller that is gone


def test_what_is_carried_out_or_was_just_left_is_not_ended(stand: Stand) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = planned(work, *ROUTERS)
    found: list[tuple[NetworkChange, ...]] = []

    def look() -> None:
        clock.offset += LEFT_FOR * 2
        found.append(end_left_changes(work))
        clock.offset -= LEFT_FOR * 2

    carry_out(work, LI, number, hold=True, on_step=at("0:gating", look))
    assert found == [()], "somebody carries it out"
    assert end_left_changes(work) == (), "a person may confirm it"
    change = carry_out(work, LI, carried_on(work, number), again=True)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert_said(stand, change)


def carried_on(work: VendorWork, number: str) -> str:
    """Behind the first half on hold, without waiting again."""
    with unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        service.begin_again(uow, number, hold=False)
    return number


def test_a_pair_without_a_watch_of_its_own_is_taken_back_by_the_platform(stand: Stand) -> None:
    """Nothing on a USG pair takes its policies back: whoever looks after left changes does."""
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = planned(work, *FIREWALLS)
    carry_out(work, LI, number, hold=True)
    assert stand.contents(*FIREWALLS) == NEW
    left_alone(stand, clock)
    assert stand.contents(*FIREWALLS) == NEW
    (change,) = end_left_changes(work)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert stand.contents(*FIREWALLS) == OLD
    assert_said(stand, change)


def test_a_change_whose_record_cannot_be_read_keeps_no_other_from_its_end(
    stand: Stand, declared_folder: Path
) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    broken, number = planned(work, *ROUTERS), planned(work, *FIREWALLS)
    killed(work, declared_folder, broken, "0:confirmed")
    carry_out(work, LI, number, hold=True)
    with work.database.transaction() as session:
        session.execute(
            update(EventRow).where(EventRow.aggregate_id == broken).values(payload={"broken": True})
        )
    left_alone(stand, clock)
    clock.offset += LEFT_FOR
    containment = Containment("left changes", clock)
    (change,) = end_left_changes(work, containment.boundary)
    assert change.number == number
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert list(containment.failing) == [broken]


def test_between_the_halves_there_is_an_hour_to_go_on(stand: Stand, declared_folder: Path) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = planned(work, *ROUTERS)
    killed(work, declared_folder, number, "0:confirmed")
    left_alone(stand, clock)
    assert end_left_changes(work) == ()
    clock.offset += LEFT_FOR
    (change,) = end_left_changes(work)
    assert change.state is ChangeState.FAILED
    assert stand.found(*ROUTERS) == {"rt-b": "new", "rt-a": "old"}
    assert_said(stand, change)


RECORDED = [
    f"{n}:{word}" for n in (0, 1) for word in ("loading", "gating", "confirming", "confirmed")
]
SEEN_ELSEWHERE = ("0:gating", "1:loading", "0:confirmed")


def killed(work: VendorWork, folder: Path, number: str, word: str, *, again: bool = False) -> None:
    directory = work.settings.state_directory
    controller = processes.Process(
        target=carry_until, args=(directory, folder, number, word, again)
    )
    controller.start()
    controller.join()
    assert controller.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("word", [word for word in RECORDED if word not in SEEN_ELSEWHERE])
def test_a_controller_killed_behind_any_step_on_record_is_resumed_once_and_not_twice(
    stand: Stand, declared_folder: Path, word: str
) -> None:
    work = stand.work
    number = planned(work, *ROUTERS)
    killed(work, declared_folder, number, word)
    change = carry_out(work, LI, number, again=True)
    assert_said(stand, change)
    loading = word.endswith("loading")
    expected = ChangeState.ROLLED_BACK if loading else ChangeState.CONFIRMED
    assert change.state is expected, change.message
    with pytest.raises(Conflict):
        carry_out(work, WANG, number, again=True)
    assert read_plan(work, number).starts == change.starts


def test_of_two_that_resume_at_once_one_is_told_who_does(
    stand: Stand, declared_folder: Path
) -> None:
    work = stand.work
    number = planned(work, *ROUTERS)
    killed(work, declared_folder, number, "0:gating")
    refusals: list[str] = []

    def resume() -> None:
        with pytest.raises(Conflict) as refused:
            carry_out(work, WANG, number, again=True)
        refusals.append(refused.value.detail)

    change = carry_out(work, LI, number, again=True, on_step=at("0:confirming", resume))
    assert change.state is ChangeState.CONFIRMED, change.message
    (refused,) = refusals
    assert "li.ming" in refused
    assert_said(stand, change)


def test_a_resumed_controller_that_is_killed_again_is_resumed_again(
    stand: Stand, declared_folder: Path
) -> None:
    work = stand.work
    number = planned(work, *ROUTERS)
    killed(work, declared_folder, number, "0:gating")
    killed(work, declared_folder, number, "1:gating", again=True)
    change = carry_out(work, LI, number, again=True)
    assert (change.state, change.starts) == (ChangeState.CONFIRMED, 3), change.message
    assert_said(stand, change)


# The disk


@pytest.mark.daemon
def test_no_room_for_what_boxes_had_before_touches_none(stand: Stand) -> None:
    work = stand.work
    number = planned(work, *BOXES)
    with full_disk(work.settings.state_directory / KEPT):
        change = carry_out(work, LI, number)
    assert change.state is ChangeState.ROLLED_BACK, change.message
    assert "No space left" in change.message
    assert stand.contents(*BOXES) == OLD
    assert_said(stand, change)


@pytest.mark.daemon
def test_no_room_for_the_locks_begins_nothing(stand: Stand) -> None:
    work = stand.work
    number = planned(work, *ROUTERS)
    with full_disk(work.settings.state_directory / "changes"), pytest.raises(DomainError) as full:
        carry_out(work, LI, number)
    assert "No space left" in str(full.value.detail)
    assert read_plan(work, number).state is ChangeState.APPROVED
    assert stand.contents(*ROUTERS) == OLD


# The box's own doing


NOTICE = ("*" * 40, "<NOTICE> [authorised staff only]", "Is this your box? Then log in#", "*" * 40)
CONFIRMING = r"^commit$|^save|^undo schedule|^undo configuration commit|^configuration commit$"
ODD = {
    "another name in the prompt": (ROUTERS, {"prompt_name": "spare-box"}),
    "another banner": (CORES, {"banner": NOTICE}),
    "another banner behind a session that ends": (
        FIREWALLS, {"banner": NOTICE, "drop_behind": "^display cur"},
    ),
}  # fmt: skip
CLOSING = {
    "closed behind the confirmation": (ROUTERS, {"drop_behind": CONFIRMING}),
    "silent behind the confirmation": (CORES, {"silent_at": CONFIRMING}),
    "garbage behind the confirmation": (FIREWALLS, {"garbage_at": CONFIRMING}),
}
CURED: Mapping[str, Any] = {"drop_behind": "", "silent_at": "", "garbage_at": ""}


@pytest.mark.parametrize(("pair", "traits"), ODD.values(), ids=ODD)
def test_a_box_that_looks_otherwise_in_the_middle_ends_as_a_whole(
    stand: Stand, pair: tuple[str, str], traits: Mapping[str, Any]
) -> None:
    work = replace(stand.work, answer_s=1)
    number = planned(work, *pair)
    first = read_plan(work, number).request.plan.stages[0].devices[0]
    box = stand.devices[first]
    met = at("0:loading", lambda: box.set_traits(**traits))

    def on_step(happened: str, happening: Happening) -> None:
        met(happened, happening)
        if isinstance(happening, StageReached) and happening.state != "loading":
            box.set_traits(drop_behind="")

    change = carry_out(work, LI, number, on_step=on_step)
    assert_said(stand, change)
    assert len(set(stand.found(*pair).values())) == 1


@pytest.mark.parametrize(("pair", "traits"), CLOSING.values(), ids=CLOSING)
def test_a_box_that_breaks_off_behind_its_confirmation_is_new(
    stand: Stand, pair: tuple[str, str], traits: Mapping[str, Any]
) -> None:
    work = replace(stand.work, answer_s=1)
    number = planned(work, *pair)
    first = read_plan(work, number).request.plan.stages[0].devices[0]
    box = stand.devices[first]
    met = at("0:confirming", lambda: box.set_traits(**traits))

    def on_step(happened: str, happening: Happening) -> None:
        """Cured once it showed itself: what never lets itself be saved is said to be unknown."""
        met(happened, happening)
        has_ended = isinstance(happening, StageReached) and happening.state == "confirmed"
        if has_ended or (isinstance(happening, DevicePlaced) and happening.message):
            box.set_traits(**CURED)

    change = carry_out(work, LI, number, on_step=on_step)
    assert change.state is ChangeState.CONFIRMED, change.message
    assert stand.contents(*pair) == NEW
    assert_said(stand, change)


# The clock


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=4)],
                         ids=["a day forward", "a day back", "past the trial"])  # fmt: skip
def test_a_clock_that_is_set_during_a_trial_decides_nothing(stand: Stand, by: timedelta) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = planned(work, *ROUTERS)

    def move() -> None:
        clock.offset += by

    change = carry_out(work, LI, number, on_step=at("0:gating", move))
    assert change.state is ChangeState.CONFIRMED, change.message
    assert_said(stand, change)


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1)], ids=["forward", "back"])
def test_a_clock_that_is_set_while_a_trial_waits_leaves_it_whole(
    stand: Stand, by: timedelta
) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = planned(work, *ROUTERS)
    carry_out(work, LI, number, hold=True)
    clock.offset += by
    change = carry_out(work, LI, carried_on(work, number), again=True)
    assert_said(stand, change)
    assert change.state in (ChangeState.CONFIRMED, ChangeState.ROLLED_BACK)


# The window


def in_window(work: VendorWork, closes_in: timedelta, *names: str) -> str:
    now = work.clock.now()
    window = ChangeWindow(opens=now - timedelta(hours=1), closes=now + closes_in)
    plan = draw_up_plan(work, LI, names, revert_in_s=REVERT_IN_S)
    number = record_request(work, LI, ChangeRequest(plan=plan, reason="test", window=window))
    with unit_of_work(work.database, work.bus, work.clock, CHEN) as uow:
        service.approve(uow, number)
    return number


@pytest.mark.parametrize("word", ["0:loading", "0:gating", "0:confirming"])
def test_a_window_that_closes_ends_the_half_under_way_and_begins_no_other(
    stand: Stand, word: str
) -> None:
    clock = MovedClock()
    work = replace(stand.work, clock=clock)
    number = in_window(work, timedelta(hours=1), *ROUTERS)

    def close() -> None:
        clock.offset += timedelta(hours=2)

    change = carry_out(work, LI, number, on_step=at(word, close))
    assert change.state is ChangeState.FAILED
    assert "不在变更窗口内" in change.message
    assert "new: rt-b; old: rt-a" in change.message or "old: rt-a; new: rt-b" in change.message
    assert change.stages[1].state is StageState.WAITING
    assert stand.found(*ROUTERS) == {"rt-b": "new", "rt-a": "old"}
    assert_said(stand, change)


# People


def ended(changes: BackgroundChanges, number: str) -> StepUnderWay:
    """The last step from the web, once it is over."""
    begun = time.monotonic()
    while (step := changes.last_step(number)) is None or step.is_running:
        assert not is_over(begun, PATIENCE_S)
        time.sleep(0.05)
    return step


@dataclass(frozen=True)
class Overlap:
    web: tuple[str, ...]
    command_line: tuple[str, ...]


OVERLAPS = {
    "the same device": Overlap(("rt-b",), ("rt-b", "core-b")),
    "one set in the other": Overlap(NATIVE, ("core-a", "core-b")),
    "two halves of the redundant set": Overlap(("rt-b", "core-b"), ("rt-a",)),
}


@pytest.mark.parametrize("sets", OVERLAPS.values(), ids=OVERLAPS)
def test_from_the_command_line_and_from_the_web_at_once_one_goes_and_one_is_told(
    stand: Stand, declared_folder: Path, sets: Overlap
) -> None:
    """The command line is a process of its own; both begin while the other one does."""
    work = stand.work
    web, typed = planned(work, *sets.web), planned(work, *sets.command_line)
    changes = BackgroundChanges(work)
    typing = processes.Process(
        target=carry_until, args=(work.settings.state_directory, declared_folder, typed, "never")
    )
    typing.start()
    begun = time.monotonic()
    while read_plan(work, typed).state is ChangeState.APPROVED:
        assert typing.is_alive()
        assert not is_over(begun, PATIENCE_S)
        time.sleep(0.02)
    changes.apply(web, LI, hold=False)
    step = ended(changes, web)
    typing.join()
    assert typing.exitcode == 0
    done, refused = read_plan(work, typed), read_plan(work, web)
    assert done.state is ChangeState.CONFIRMED, done.message
    assert refused.state is ChangeState.APPROVED
    assert typed in step.detail
    assert_said(stand, done)
    untouched = set(sets.web) - set(sets.command_line)
    assert stand.contents(*untouched) <= OLD
