"""Processor time of short commands as a multiple of ``python -c pass``, least of several runs each.

The client commands speak to a control socket that answers at once, and read a database without an
incident; what the twin itself does is not in the figure. Exit code 1 when one is over its limit.

    python -m tests.benchmarks.command_line [--repeats 15]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from device_configs.site import load_site
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.settings import Settings, load_settings
from tests.command_cost import (
    CLIENT_COMMANDS,
    CLIENT_LIMIT,
    HELP_LIMIT,
    ZHISHOU,
    Cost,
    answering_twin,
    cost_of,
    healthy_status,
)

LIMITS = {("--help",): HELP_LIMIT, **dict.fromkeys(CLIENT_COMMANDS, CLIENT_LIMIT)}
OTHERS = (("--version",), ("twin", "--help"), ("incidents", "list", "--json"), ("users", "--help"))
"""Shown beside them, without a limit."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as directory:
        costs = _measure(Path(directory), repeats)
    table = Table("command", "CPU ms", "times python -c pass", "limit")
    for words, cost in costs.items():
        limit = LIMITS.get(words)
        shown = "" if limit is None else f"< {limit:.0f}"
        times = f"{cost.times:.1f} ({cost.nothing * 1000:.1f} ms)"
        table.add_row(" ".join(("zhishou", *words)), f"{cost.seconds * 1000:.0f}", times, shown)
    Console().print(table)
    return int(any(costs[words].times >= limit for words, limit in LIMITS.items()))


def _measure(directory: Path, repeats: int) -> dict[tuple[str, ...], Cost]:
    database = open_database(Settings(state_directory=directory))
    migrate(database.engine)
    database.close()
    environment = {"ZHISHOU_STATE_DIRECTORY": str(directory)}
    costs: dict[tuple[str, ...], Cost] = {}
    with answering_twin(directory, healthy_status(load_site(load_settings().inventory))):
        for words in (*LIMITS, *OTHERS):
            few = repeats if words in LIMITS else min(repeats, 3)
            costs[words] = cost_of((ZHISHOU, *words), environment, few)
    return costs


if __name__ == "__main__":
    sys.exit(main())
