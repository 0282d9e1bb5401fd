"""The command line starts lazily: whoever asks for help or cuts a cable waits for nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from device_configs.site import Site, load_site
from device_configs.twin.protocol import Command, Request
from ops_core.app.cli import COMMANDS, app
from ops_core.kernel.command_line import DeferredCommand
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.settings import Settings
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

RUNS, FEWEST = 30, 5
HEAVY = (
    "alembic", "ansible", "ansible_runner", "argon2", "asyncio", "babel", "cryptography", "fastapi",
    "gufo", "httpx", "influxdb", "jinja2", "openpyxl", "psycopg", "pydantic", "pytest", "rich",
    "sqlalchemy", "uvicorn", "yaml",
    "device_configs.site", "monitors", "seat_assets", "wallboard",
)  # fmt: skip
"""Packages that no short command needs; each costs more than the whole of ``--help`` may."""

SHORT_COMMANDS = [(), ("--help",), ("--version",), ("twin", "--help"), *CLIENT_COMMANDS]


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(Path(__file__).parents[3] / "inventory")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation whose database is there, with no incident in it."""
    database = open_database(Settings(state_directory=tmp_path))
    migrate(database.engine)
    database.close()
    return {"ZHISHOU_STATE_DIRECTORY": str(tmp_path), "ZHISHOU_LANGUAGE": "zh"}


@pytest.fixture
def asked(site: Site, tmp_path: Path) -> Iterator[list[Request]]:
    """What a twin was asked that does everything."""
    with answering_twin(tmp_path, healthy_status(site)) as taken:
        yield taken


def run(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ZHISHOU, *words],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def times_nothing(words: Sequence[str], environment: dict[str, str], limit: float) -> float:
    """How many empty programs a command costs; on a busy machine it takes more runs to see."""
    seen: list[float] = []

    def enough(cost: Cost) -> bool:
        seen.append(cost.times)
        return len(seen) >= FEWEST and cost.times < limit

    return cost_of((ZHISHOU, *words), environment, RUNS, enough).times


def test_the_table_names_every_command_that_its_module_has_no_more_and_no_less() -> None:
    by_target: dict[tuple[str, str], set[str]] = {}
    for command in COMMANDS:
        by_target.setdefault((command.module, command.attribute), set()).add(command.name)
    for (module, attribute), names in by_target.items():
        found = get_command(getattr(import_module(module), attribute))
        assert names == ({found.name} if found.name in names else set(found.commands))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_table_says_what_the_command_says_of_itself(command: DeferredCommand) -> None:
    loaded = command.load()
    assert loaded.name == command.name
    assert " ".join((loaded.help or "").split("\n\n")[0].split()) == command.summary


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_is_reached_by_its_name(command: DeferredCommand) -> None:
    done = CliRunner().invoke(app, [command.name, "--help"], prog_name="zhishou")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: zhishou {command.name} ")


@pytest.mark.parametrize("words", SHORT_COMMANDS, ids=lambda words: " ".join(words) or "nothing")
@pytest.mark.usefixtures("asked")
def test_a_short_command_imports_no_part_that_it_does_not_need(
    words: Sequence[str], environment: dict[str, str]
) -> None:
    program = (
        "import json, sys\n"
        "from ops_core.app.cli import app\n"
        "try:\n    app(sys.argv[1:], prog_name='zhishou')\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    imported = json.loads(done.stderr.splitlines()[-1])
    heavy = [name for name in imported if name.startswith(tuple(f"{one}." for one in HEAVY))]
    assert heavy == []
    assert set(HEAVY).isdisjoint(imported)


def test_help_costs_less_than_fifteen_times_an_empty_program() -> None:
    assert times_nothing(("--help",), {}, HELP_LIMIT) < HELP_LIMIT


@pytest.mark.parametrize("words", CLIENT_COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("asked")
def test_a_client_command_costs_less_than_twenty_five_times_an_empty_program(
    words: Sequence[str], environment: dict[str, str]
) -> None:
    assert times_nothing(words, environment, CLIENT_LIMIT) < CLIENT_LIMIT


def test_the_twin_is_asked_for_what_was_typed(
    asked: list[Request], environment: dict[str, str]
) -> None:
    for words in (
        ("cut", "core-a--sw-1", "--silent"),
        ("heal", "core-a--sw-1"),
        ("display", "17", "off"),
    ):
        assert run("twin", *words, environment=environment).returncode == 0
    assert asked == [
        Request(Command.CUT, "core-a--sw-1", silent=True),
        Request(Command.HEAL, "core-a--sw-1"),
        Request(Command.DISPLAY, "17", on=False),
    ]


@pytest.mark.usefixtures("asked")
def test_status_says_in_one_line_that_all_is_well(site: Site, environment: dict[str, str]) -> None:
    done = run("twin", "status", environment=environment)
    assert done.stdout.splitlines() == [
        f"twin ready: {len(site.devices)} devices, {len(site.links)} links, "
        f"{len(site.seats)} seats",
        "everything is in order",
    ]


def test_without_a_twin_the_remedy_is_named(environment: dict[str, str]) -> None:
    done = run("twin", "status", environment=environment)
    assert (done.returncode, done.stdout) == (4, "")
    assert "zhishou twin up" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("depoy",), "Did you mean 'deploy'", id="a misspelt command"),
        pytest.param(("twin", "cut"), "Missing argument 'link'", id="a missing argument"),
        pytest.param(("twin", "cut", "a", "b"), "unexpected extra argument", id="one too many"),
        pytest.param(("twin", "cut", "a", "--fast"), "No such option: --fast", id="no such option"),
        pytest.param(("twin", "display", "17", "dim"), "on or off", id="no such state"),
        pytest.param(("calls", "list", "--limit", "0"), "--limit", id="a number out of range"),
    ],
)
def test_wrong_usage_ends_with_code_2_and_says_what_is_wrong(
    words: Sequence[str], said: str
) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zhishou in", ["inventory", "incidents", "indicators"]),
        ("zhishou twin st", ["status", "start"]),
    ],
    ids=["of the table", "within a group"],
)
def test_the_shell_completes_commands(typed: str, offered: list[str]) -> None:
    done = run(
        environment={
            "_ZHISHOU_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        }
    )
    assert done.stdout.split() == offered
