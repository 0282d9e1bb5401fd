"""Work that makes many small values which hold no cycles, without looking for cycles meanwhile."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """The collector of garbage rests until the block ends, in all threads.

    Each of its full passes walks over a large site and all its renderings: half the time of the
    proofs on 1,000 devices, for nothing. Threads that pause it at the same time leave it running
    once the first ends, which costs them time only.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
