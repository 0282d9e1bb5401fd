"""What a run amounts to: nothing that is not known counts as done."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.plays.catalogue import PLAYS, play_named, select_hosts
from device_configs.plays.model import HostState, PlayStep, has_succeeded, host_states
from device_configs.plays.steps import CUT, LONGEST_TEXT, is_end, output_of, step_of
from device_configs.site import Site, load_site
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.settings import PROJECT_DIRECTORY

SITE: Site = load_site(PROJECT_DIRECTORY / "inventory")
HOSTS = ("sw-1", "sw-2", "sw-3")
SECRET = 'pass"word'

steps_of_hosts = st.lists(
    st.builds(
        PlayStep,
        host=st.sampled_from(HOSTS),
        task=st.just("a task"),
        state=st.sampled_from([state for state in HostState if state is not HostState.UNKNOWN]),
    ),
    max_size=6,
)


@given(steps_of_hosts, st.booleans())
def test_a_host_that_was_not_come_to_is_unknown(steps: list[PlayStep], whole: bool) -> None:
    states = host_states(HOSTS, steps, is_whole=whole)
    come_to = {step.host for step in steps}
    assert list(states) == list(HOSTS)
    assert all(states[host] is HostState.UNKNOWN for host in HOSTS if host not in come_to)


@given(steps_of_hosts)
def test_a_run_that_was_broken_off_has_done_nothing_for_certain(steps: list[PlayStep]) -> None:
    states = host_states(HOSTS, steps, is_whole=False)
    assert not has_succeeded(list(states.values()), is_whole=False)
    assert set(states.values()) <= {
        HostState.UNKNOWN, HostState.FAILED, HostState.UNREACHABLE,
    }  # fmt: skip


@given(steps_of_hosts)
def test_a_run_succeeds_where_every_host_had_a_step_and_none_failed(steps: list[PlayStep]) -> None:
    states = host_states(HOSTS, steps, is_whole=True)
    good = all(
        any(step.host == host and step.state is not HostState.SKIPPED for step in steps)
        and not any(
            step.host == host and step.state in (HostState.FAILED, HostState.UNREACHABLE)
            for step in steps
        )
        for host in HOSTS
    )
    assert has_succeeded(list(states.values()), is_whole=True) is good


def test_a_run_on_nobody_has_not_succeeded() -> None:
    assert not has_succeeded([], is_whole=True)


def mask(text: str) -> str:
    return text.replace(SECRET, "<secret>").replace(json.dumps(SECRET)[1:-1], "<secret>")


def event(kind: str, **result: object) -> dict[str, object]:
    return {"event": kind, "event_data": {"host": "sw-1", "task": "a task", "res": result}}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (event("runner_on_ok", changed=False), HostState.OK),
        (event("runner_on_ok", changed=True), HostState.CHANGED),
        (event("runner_on_skipped"), HostState.SKIPPED),
        (event("runner_on_failed", msg="refused"), HostState.FAILED),
        (event("runner_on_unreachable", msg="no route"), HostState.UNREACHABLE),
    ],
    ids=["as it is", "changed", "skipped", "refused", "not reached"],
)
def test_an_event_ends_a_step(given: dict[str, object], state: HostState) -> None:
    step = step_of(given, str)
    assert step is not None
    assert (step.host, step.task, step.state) == ("sw-1", "a task", state)


def test_other_events_end_none() -> None:
    assert step_of({"event": "runner_on_start", "event_data": {"host": "sw-1"}}, str) is None
    assert step_of({"event": "playbook_on_stats", "event_data": {}}, str) is None
    assert is_end({"event": "playbook_on_stats", "event_data": {}})


def test_no_secret_is_in_a_step_or_in_the_output() -> None:
    diff = [{"before": "", "after": f"community {SECRET}\n"}, {"prepared": f"+ {SECRET}\n"}]
    step = step_of(event("runner_on_failed", msg=f"not {SECRET}", diff=diff), mask)
    assert step is not None
    assert "<secret>" in step.message
    assert step.diff.count("<secret>") == 2
    printed = output_of({"stdout": f"\x1b[0;31mfatal: {json.dumps(SECRET)}\x1b[0m\r\n"}, mask)
    assert printed == 'fatal: "<secret>"\n'
    assert SECRET not in step.message + step.diff + printed


def test_a_long_text_is_cut_and_says_so() -> None:
    text = output_of({"stdout": "x" * (LONGEST_TEXT + 1)}, str)
    assert text.endswith(CUT)
    assert len(text) == LONGEST_TEXT + len(CUT)


def test_hosts_are_selected_by_name_and_group() -> None:
    verify, seats = play_named("verify"), play_named("seat-terminals")
    assert len(select_hosts(SITE, verify, [])) == len(SITE.deployed)
    assert select_hosts(SITE, verify, ["core_switch", "rt-b"]) == ("rt-b", "core-a", "core-b")
    assert "rt-a" in select_hosts(SITE, verify, ["half_A"])
    assert len(select_hosts(SITE, seats, [])) == len(SITE.seats)


@pytest.mark.parametrize("name", ["egov", "rt-z", "seat-001", ""])
def test_what_is_no_host_of_the_play_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        select_hosts(SITE, play_named("verify"), [name])


def test_a_play_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound) as refused:
        play_named("reboot")
    assert "verify" in str(refused.value.remedy)


def test_every_play_has_its_playbook() -> None:
    assert all((PROJECT_DIRECTORY / play.playbook).is_file() for play in PLAYS)
