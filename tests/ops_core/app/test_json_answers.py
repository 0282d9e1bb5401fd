"""Whatever a command reads out it gives as one JSON document, too, alone on standard output."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from ops_core.app.cli import COMMANDS, app
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.settings import Settings

ACTS = frozenset(
    {
        "accounts export", "orders export", "registers export", "reports file",
        "calls follow", "drill heal", "plays cancel", "net approve", "run", "serve",
        "incidents respond", "incidents restore", "incidents close", "incidents undo",
        "incidents note",
        "indicators submit", "indicators object", "indicators seal", "indicators restate",
        "indicators decline", "indicators exemptions request", "indicators exemptions approve",
        "indicators exemptions refuse", "indicators exemptions withdraw",
        "knowledge enter", "knowledge update", "knowledge revise", "knowledge sort",
        "knowledge submit", "knowledge discard", "knowledge publish", "knowledge send-back",
        "knowledge expire", "knowledge reindex",
        "knowledge notices record", "knowledge notices withdraw",
        "knowledge enquiries raise", "knowledge enquiries answer",
        "knowledge enquiries ask-again", "knowledge enquiries close",
        "orders deadlines draft", "orders deadlines approve", "orders deadlines refuse",
        "orders deadlines withdraw",
        "registers plan", "registers import", "registers step", "registers amend",
        "seats correct", "seats sign-in", "seats sign-out",
        "training declare", "training attend", "training excuse", "training complete",
        "twin up", "twin cut", "twin heal", "twin kill", "twin hang", "twin start",
        "twin display", "twin shell", "twin down",
        "views save", "views remove",
    }
)  # fmt: skip
"""Commands that do something, and say at most the number or the path of what they made."""
UNTRIED = frozenset({"demo load", "lab vendor up", "play", "users add", "users password"})
"""Long work, servers, and commands that ask for a secret."""
ORDERS = ("orders deadlines show", "orders list", "orders show", "orders sign", "orders undo")
"""Of the orders' commands, whose steps are all made alike."""
WORDS = {"inventory find": ("role=firewall",), "knowledge search": ("占道",)}
EMPTY = (
    "adjudications list", "audit list", "backup list", "calls list", "drill history",
    "evidence list order W-20261124-00001", "incidents list", "indicators exemptions list",
    "indicators verify", "knowledge enquiries list", "knowledge list", "knowledge notices list",
    "knowledge search 占道", "net history", "orders deadlines list", "orders list",
    "plays history", "registers list standards", "seats people", "training list", "users list",
    "views list",
)  # fmt: skip
"""Lists that hold nothing in a new installation."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def all_leaves() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in COMMANDS:
        found |= dict(leaves(one.load(), (one.name,)))
    own = {one.name for one in COMMANDS}
    outermost: Any = get_command(app)
    return found | {n: c for n, c in outermost.commands.items() if n not in own}


LEAVES = all_leaves()


def takes_json(command: Any) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


READING = sorted(name for name, command in LEAVES.items() if takes_json(command))
TRIED = [
    name
    for name in READING
    if name not in UNTRIED and (not name.startswith("orders ") or name in ORDERS)
]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    database = open_database(Settings(state_directory=folder))
    migrate(database.engine)
    database.close()
    return folder


def ask(state: Path, *words: str) -> Result:
    environment = {"ZHISHOU_STATE_DIRECTORY": str(state), "ZHISHOU_LANGUAGE": "zh"}
    return CliRunner(env=environment).invoke(app, [*words, "--json"], prog_name="zhishou")


def test_a_command_reads_out_as_json_or_only_acts() -> None:
    assert {name for name, command in LEAVES.items() if not takes_json(command)} == ACTS


@pytest.mark.parametrize("name", TRIED)
def test_what_comes_is_one_document_or_a_refusal_on_the_other_stream(
    name: str, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    needed = [one for one in LEAVES[name].params if one.required]
    words = WORDS.get(name, ("1",) * sum(one.param_type_name == "argument" for one in needed))
    options = [w for one in needed if one.param_type_name == "option" for w in (one.opts[0], "x")]
    done = ask(state, *name.split(), *words, *options)
    assert done.exception is None or isinstance(done.exception, SystemExit)
    if done.stdout:
        json.loads(done.stdout)
    else:
        assert done.exit_code in range(1, 8)
        assert done.stderr


@pytest.mark.parametrize("words", EMPTY)
def test_a_list_of_nothing_is_an_empty_list(words: str, tmp_path: Path) -> None:
    done = ask(tmp_path, *words.split())
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])


def test_a_difference_of_configurations_says_why_a_line_of_the_site_differs(
    state: Path, tmp_path: Path
) -> None:
    written = ask(state, "net", "render", "core-a", "--family", "huawei_vrp")
    assert written.exit_code == 0
    (text,) = json.loads(written.stdout).values()
    file = tmp_path / "core-a.cfg"
    file.write_text(text.replace("sysname core-a", "sysname core-b"), "utf-8")
    rendered = ("net", "render", "core-a", "--family", "huawei_vrp", "--diff", str(file))
    done = ask(state, *rendered)
    assert done.exit_code == 1
    assert {(line["line"][0], line["line"][2:]) for line in json.loads(done.stdout)} == {
        ("-", "sysname core-b"),
        ("+", "sysname core-a"),
    }
