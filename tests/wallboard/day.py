"""The records of a day: figures, calls and, unless it is calm, incidents."""

from tests.wallboard.calls_story import tell_calls
from tests.wallboard.figures_story import tell_figures
from tests.wallboard.incidents_story import tell_incidents
from tests.wallboard.serve import Served
from tests.wallboard.uptimes_story import tell_uptimes


def tell_day(served: Served, *, calm: bool = False) -> None:
    """Fill the database of a made-up centre."""
    tell_figures(served.dependencies.database, served.dependencies.clock.now())
    tell_calls(served)
    tell_uptimes(served, calm=calm)
    if not calm:
        tell_incidents(served)
