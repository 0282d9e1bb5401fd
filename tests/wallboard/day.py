"""The records of a day: figures, calls and, unless it is calm, incidents."""

import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path

from ops_core.kernel.clock import Clock, FixedClock
from tests.wallboard.calls_story import tell_calls
from tests.wallboard.figures_story import tell_figures
from tests.wallboard.incidents_story import tell_incidents
from tests.wallboard.serve import DATABASE, Served, make
from tests.wallboard.uptimes_story import tell_uptimes


def tell_day(served: Served, *, calm: bool = False) -> None:
    """Fill the database of a made-up centre."""
    tell_figures(served.dependencies.database, served.dependencies.clock.now())
    tell_calls(served)
    tell_uptimes(served, calm=calm)
    if not calm:
        tell_incidents(served)


def make_day(directory: Path, clock: Clock, *, calm: bool = False) -> Served:
    """A centre with its day."""
    served = make(directory, clock, calm=calm)
    tell_day(served, calm=calm)
    return served


@cache
def prepared_day(now: datetime) -> bytes:
    """The database of a bad day at that instant, made once: hundreds of commands take a while."""
    with tempfile.TemporaryDirectory() as directory:
        make_day(Path(directory), FixedClock(now)).close()
        return (Path(directory) / DATABASE).read_bytes()
