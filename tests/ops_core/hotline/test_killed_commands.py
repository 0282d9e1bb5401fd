"""SIGKILL in the midst of commands: what was said to be done is done, and nothing is half done."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import select

from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import Database
from ops_core.kernel.events import last_position
from tests.ops_core.hotline.sound import unsound
from tests.ops_core.hotline.storm import give_commands

ROUNDS = 5
CLIENTS = 2
STEPS_BEFORE = 8
LONGEST_S = 0.3
START_LIMIT_S = 60

_names = count()
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.ops_core.hotline.storm"])


@contextmanager
def _clients(url: str, state_directory: Path) -> Iterator[list[tuple[BaseProcess, Connection]]]:
    running = []
    for _ in range(CLIENTS):
        heard, said = _processes.Pipe(duplex=False)
        process = _processes.Process(
            target=give_commands, args=(url, state_directory, f"c{next(_names)}", said)
        )
        process.start()
        said.close()
        running.append((process, heard))
    try:
        yield running
    finally:
        for process, _ in running:
            process.kill()
            process.join()


def _listen(heard: Connection, at_least: int) -> Iterator[tuple[str, int]]:
    """What a client has said: so much at least, or all there is if it is dead."""
    try:
        for number in range(10**9):
            if number >= at_least and not heard.poll():
                return
            assert heard.poll(START_LIMIT_S), "a client does nothing"
            yield heard.recv()
    except EOFError:
        return


def test_ten_kills_leave_whole_commands_only(database: Database, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    url = database.engine.url.render_as_string(hide_password=False)
    said: dict[str, int] = {}
    positions = [0]
    for _ in range(ROUNDS):
        with _clients(url, tmp_path) as clients:
            for _, heard in clients:
                said |= _listen(heard, STEPS_BEFORE)
            for process, heard in chance.sample(clients, len(clients)):
                time.sleep(chance.uniform(0, LONGEST_S))
                process.kill()  # the other goes on
                process.join()
                said |= _listen(heard, 10**9)
        assert unsound(database) == []
        with database.reading() as session:
            stored = dict(session.execute(select(WorkOrderRow.number, WorkOrderRow.version)).all())
            positions.append(last_position(session))
        lost = {order: v for order, v in said.items() if stored.get(order, 0) < v}
        assert lost == {}
    assert positions == sorted(set(positions)), "every round went on where the kill had stopped it"
