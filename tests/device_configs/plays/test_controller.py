"""A play's own work stands where the database is reached; the devices' network is handed to it."""

import os
import threading
from pathlib import Path

import pytest

from device_configs.plays.controller import (
    ACTOR_VARIABLE,
    NETWORK_VARIABLE,
    ControllerWork,
    at_controller,
    run_variables,
)
from device_configs.twin.namespace import create_network, inside_network, open_own_network
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY, Settings

pytestmark = pytest.mark.lab
LI = Actor.user("li.ming", [Role.NETWORK_ENGINEER])


def inode_here() -> int:
    descriptor = open_own_network()
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("is_started_by_the_platform", [True, False])
def test_the_work_is_done_where_the_run_was_started_and_the_caller_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_started_by_the_platform: bool
) -> None:
    settings = Settings(
        state_directory=tmp_path,
        inventory=PROJECT_DIRECTORY / "inventory",
        database_url=f"sqlite:///{tmp_path / 'plays.sqlite'}",
    )
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path))
    for name, value in run_variables(settings, LI).items():
        monkeypatch.setenv(name, value)
    if not is_started_by_the_platform:
        monkeypatch.delenv(NETWORK_VARIABLE)
        monkeypatch.delenv(ACTOR_VARIABLE)
    home, said = inode_here(), list[str]()

    def work(given: ControllerWork) -> tuple[int, int]:
        with unit_of_work(
            given.work.database, given.work.bus, given.work.clock, given.actor
        ) as uow:
            uow.audit("Tried", "play", "P-1", {})
        given.show("rt-a", "")
        return inode_here(), os.fstat(given.network).st_ino

    network = create_network()
    found: list[tuple[int, int, int, int]] = []

    def enter() -> None:
        with inside_network(network):
            before = inode_here()
            found.append((*at_controller(work, said.append), before, inode_here()))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    ((there, handed, before, after),) = found
    os.close(network)
    assert before == after == handed != home, "the caller stays, and its network is the devices'"
    assert there == (home if is_started_by_the_platform else before)
    assert said == ["rt-a: read"]
