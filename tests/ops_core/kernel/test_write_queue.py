"""Threads of one process write in the order in which they asked."""

import ctypes
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import QueuePool, text

from ops_core.kernel.database import Database, create_database_engine
from ops_core.kernel.errors import DatabaseBusy, DatabaseTrouble
from ops_core.kernel.waits import DatabaseWaits
from ops_core.kernel.write_queue import WriteQueue


def test_the_turn_is_handed_on_in_the_order_in_which_it_was_asked_for() -> None:
    queue, served, threads = WriteQueue(DatabaseWaits(30.0)), list[int](), list[threading.Thread]()

    def be_served(number: int) -> None:
        with queue.alone():
            served.append(number)

    with queue.alone():
        for number in range(6):
            threads.append(threading.Thread(target=be_served, args=(number,)))
            threads[-1].start()
            while len(queue._queue) <= number + 1:
                time.sleep(0.001)
        assert served == []
    for thread in threads:
        thread.join()
    assert served == list(range(6))


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    waits = DatabaseWaits(0.2)
    queue = WriteQueue(waits)
    with queue.alone(), pytest.raises(DatabaseBusy), queue.alone():
        raise AssertionError("the turn is another's")
    assert waits.state().failures == {DatabaseTrouble.LOCKED: 1}
    assert waits.state().waits == 1
    with queue.alone():
        assert waits.state().waiting == 0


def test_a_block_that_fails_gives_its_turn_back() -> None:
    queue = WriteQueue(DatabaseWaits(0.2))
    for _ in range(2):
        with pytest.raises(LookupError), queue.alone():
            raise LookupError


def test_a_turn_given_up_early_is_the_next_ones_while_the_block_goes_on() -> None:
    queue = WriteQueue(DatabaseWaits(0.2))
    with queue.alone() as leave:
        leave()
        with queue.alone() as leave_again:
            leave()  # takes nobody else's turn
            with pytest.raises(DatabaseBusy), queue.alone():
                raise AssertionError("the turn is another's")
        leave_again()
    assert queue._queue == []


class Struck(BaseException):
    """Put into a thread from outside, at any moment."""


def test_threads_struck_at_any_moment_leave_no_turn_that_nobody_has() -> None:
    queue, stop = WriteQueue(DatabaseWaits(30.0)), threading.Event()

    def write() -> None:
        while not stop.is_set():
            with suppress(Struck):
                while not stop.is_set():
                    with queue.alone() as leave:
                        leave()

    def write_whatever_strikes() -> None:
        while not stop.is_set():
            with suppress(Struck):
                write()

    threads = [threading.Thread(target=write_whatever_strikes) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(400):
        number = ctypes.c_ulong(threads[n % 3].ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(Struck))
        time.sleep(0.002)
    stop.set()
    for thread in threads:
        thread.join(10)
    with queue.alone():
        assert len(queue._queue) == 1


def test_a_command_that_waits_for_another_thread_is_refused_in_time(tmp_path: Path) -> None:
    database = Database(create_database_engine(f"sqlite:///{tmp_path / 'a.sqlite'}", wait_s=0.3))
    refused: list[DatabaseBusy] = []

    def write() -> None:
        try:
            with database.command():
                pass
        except DatabaseBusy as busy:
            refused.append(busy)

    with database.transaction() as session:
        session.execute(text("CREATE TABLE a (b INTEGER)"))
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        with database.reading():  # readers wait for nobody
            pass
    assert len(refused) == 1
    with database.transaction() as session:
        session.execute(text("INSERT INTO a VALUES (1)"))
    database.close()


def test_commands_that_wait_on_postgresql_hold_no_connection(postgresql_database: Database) -> None:
    database, served = postgresql_database, list[int]()

    def write(number: int) -> None:
        with database.command():
            served.append(number)

    pool, threads = cast(QueuePool, database.engine.pool), list[threading.Thread]()
    with database.command():
        for number in range(6):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(database._write_queue._queue) <= number + 1:
                time.sleep(0.001)
        assert pool.checkedout() == 1
    for thread in threads:
        thread.join()
    assert served == list(range(6))
    assert pool.checkedout() == 0


def test_who_waited_for_a_turn_on_postgresql_may_wait_as_long_the_next_time(
    postgresql_database: Database,
) -> None:
    database = Database(
        create_database_engine(
            postgresql_database.engine.url.render_as_string(hide_password=False), wait_s=0.8
        )
    )
    try:
        with database.command(), pytest.raises(DatabaseBusy), database.command():
            raise AssertionError("the turn is another's")
        with database.command():
            pass
        time.sleep(0.8)
        assert database._waits.deadline() - time.monotonic() > 0.7
    finally:
        database.close()
