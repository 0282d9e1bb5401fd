"""The control of bounds: near 1 alone, more beside others, never beyond its own bound."""

import threading
import time

from tests.pace import SLOWEST, is_over, recent_slowness, slowness


def test_beside_busy_threads_it_is_slower_and_stays_bounded() -> None:
    ended = threading.Event()

    def busy() -> None:
        while not ended.is_set():
            pass

    alone = slowness()
    threads = [threading.Thread(target=busy, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        beside = slowness()  # they share the interpreter with it
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert 1 <= alone <= SLOWEST
    assert 2 <= beside <= SLOWEST


def test_a_wait_that_asks_time_and_again_measures_once() -> None:
    slowness()
    used = time.thread_time()
    for _ in range(50):
        assert not is_over(time.monotonic() - 2, SLOWEST * 2)
        assert 1 <= recent_slowness() <= SLOWEST
        is_over(time.monotonic() - 60, 1)
    assert time.thread_time() - used < 0.1


def test_a_wait_is_over_only_past_its_bound() -> None:
    assert not is_over(time.monotonic(), 60)
    assert is_over(time.monotonic() - 10 * SLOWEST, 1)
