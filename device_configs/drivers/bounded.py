"""The same work on many devices, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
DEFAULT_WORKERS = 16
"""Sessions at a time: each costs a thread of ours, two of paramiko's, and the device's patience."""


@dataclass(frozen=True, slots=True)
class ItemOutcome(Generic[Item, Outcome]):
    """What became of one device: ``error`` is what its work raised, ``result`` is None then."""

    item: Item
    result: Outcome | None = None
    error: Exception | None = None


def each_device(
    items: Iterable[Item], work: Callable[[Item], Outcome], workers: int = DEFAULT_WORKERS
) -> Iterator[ItemOutcome[Item, Outcome]]:
    """Do the work for each item and give each outcome as it comes; one that fails ends no other.

    Leaving the iteration early lets the work that began go on to its end, and begins no more.
    """
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="device") as pool:
        running = {pool.submit(work, item): item for item in items}
        try:
            for future in as_completed(running):
                error = future.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                if error is not None:
                    yield ItemOutcome(running[future], error=error)
                else:
                    yield ItemOutcome(running[future], future.result())
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
