"""Plays by the real Ansible: one host that fails, a cancel, a killed runner, other deployments."""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device_configs.plays import catalogue
from device_configs.plays.catalogue import Play
from device_configs.plays.model import HostState, PlayRecord, PlayState
from device_configs.plays.processes import processes_of
from device_configs.plays.recording import PlayWork
from device_configs.plays.running import run_play
from device_configs.plays.service import cancel_play, settle_interrupted, start_play
from device_configs.plays.store import read_play, read_plays
from device_configs.render import Secrets
from ops_core.kernel.audit import verify_chain
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, Role

pytestmark = pytest.mark.lab

LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])
_processes = multiprocessing.get_context("fork")


def record(work: PlayWork, number: str) -> PlayRecord:
    with work.database.reading() as session:
        assert verify_chain(session) == []
        return read_play(session, number)


def played(work: PlayWork, network: int, *limit: str, check: bool = False) -> PlayRecord:
    started = start_play(work, LI, "facts", limit, check)
    run_play(work, started, network)
    return record(work, started.number)


def test_facts_are_kept_and_one_host_that_is_away_ends_no_other(
    work: PlayWork, network: int
) -> None:
    kept = work.settings.state_directory / "facts"
    tried = played(work, network, "sw-1", check=True)
    assert tried.host_states == {"sw-1": HostState.CHANGED}
    assert '+ "kernel"' in tried.steps[0].step.diff
    assert not kept.exists(), "check mode writes nothing"

    found = played(work, network, "rt-a", "sw-1", "sw-2")
    assert found.state is PlayState.FAILED
    assert found.host_states == {
        "rt-a": HostState.UNREACHABLE, "sw-1": HostState.CHANGED, "sw-2": HostState.CHANGED,
    }  # fmt: skip
    assert os.uname().release in (kept / "sw-1/facts.json").read_text()

    again = played(work, network, "sw-1", "sw-2")
    assert again.state is PlayState.SUCCEEDED
    assert set(again.host_states.values()) == {HostState.OK}
    assert "PLAY RECAP" in again.output
    assert sorted(path.name for path in (work.settings.state_directory / "plays").iterdir()) == []


def test_a_difference_is_shown_without_secrets_and_changes_nothing(
    work: PlayWork, network: int
) -> None:
    started = start_play(work, LI, "diff", ["sw-1"])
    run_play(work, started, network)
    found = record(work, started.number)
    assert found.host_states == {"sw-1": HostState.CHANGED}
    assert "rocommunity <secret>" in found.steps[0].step.diff
    secrets = Secrets.load(work.settings.state_directory / "secrets.json")
    text = found.output + found.steps[0].step.diff
    assert not any(value in text for value in secrets.hidden)
    assert not Path("/usr/local/sbin/device-service").exists(), "this machine is nobody's device"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A play that never ends by itself; the file it makes once it is under way."""
    begun = tmp_path / "begun"
    playbook = tmp_path / "slow.yml"
    playbook.write_text(
        "- hosts: deployed\n  gather_facts: false\n  connection: local\n"
        "  vars: {ansible_python_interpreter: /usr/bin/python3}\n  tasks:\n"
        f"    - ansible.builtin.command: sh -c 'touch {begun}; sleep 600'\n"
    )
    play = Play("slow", str(playbook), message("核验设备"), Permission.DEPLOY)
    monkeypatch.setattr(catalogue, "PLAYS", (play,))
    return begun


def wait_for(path: Path, is_alive: Callable[[], bool]) -> None:
    while not path.exists():
        assert is_alive(), "the play ended by itself"
        time.sleep(0.05)


def test_a_cancelled_play_leaves_no_process(work: PlayWork, slow: Path) -> None:
    started = start_play(work, LI, "slow", ["sw-1"])
    runner = threading.Thread(target=run_play, args=(work, started, None))
    runner.start()
    wait_for(slow, runner.is_alive)
    other = Actor.user("wang", [Role.DUTY_TECHNICIAN])
    with pytest.raises(Forbidden), unit_of_work(work.database, work.bus, work.clock, other) as uow:
        cancel_play(uow, started.number)
    with unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        cancel_play(uow, started.number)
    runner.join()
    assert list(processes_of(started.token)) == []
    found = record(work, started.number)
    assert (found.state, found.cancelled_by) == (PlayState.CANCELLED, "li.ming")
    assert found.host_states == {"sw-1": HostState.UNKNOWN}
    with pytest.raises(Conflict), unit_of_work(work.database, work.bus, work.clock, LI) as uow:
        cancel_play(uow, started.number)


def test_a_play_whose_runner_is_killed_is_on_record_as_interrupted(
    work: PlayWork, slow: Path
) -> None:
    def run() -> None:
        started = start_play(work, LI, "slow", ["sw-1"])
        run_play(work, started, None)

    runner = _processes.Process(target=run)
    runner.start()
    wait_for(slow, runner.is_alive)
    assert settle_interrupted(work) == (), "its runner lives"
    runner.kill()
    runner.join()
    with work.database.reading() as session:
        (left,) = read_plays(session, 10)
    assert left.state is PlayState.RUNNING
    assert list(processes_of(left.token)), "Ansible's processes go on without their runner"
    assert settle_interrupted(work) == (left.number,)
    assert list(processes_of(left.token)) == []
    assert record(work, left.number).state is PlayState.INTERRUPTED
    assert settle_interrupted(work) == ()


def test_who_may_not_run_a_play_is_refused(work: PlayWork) -> None:
    technician = Actor.user("wang", [Role.DUTY_TECHNICIAN])
    with pytest.raises(Forbidden):
        start_play(work, technician, "deploy")
    start_play(work, technician, "verify").release()
    with pytest.raises(Forbidden):
        start_play(work, replace(technician, roles=frozenset([Role.AGENT])), "verify")
