"""``zhishou net check-text``: exit codes and both forms of the answer."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops_core.app.cli import app

RIGHT = "vlan batch 10\n#\ninterface Vlanif10\n ip address 10.0.0.1 24\n"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["net", "check-text", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_right_text_ends_with_zero(tmp_path: Path) -> None:
    file = tmp_path / "a.cfg"
    file.write_text(RIGHT)
    assert run("--family", "huawei_vrp", str(file)) == (0, "1 files, no fault\n", "")


def test_every_fault_of_every_file_is_named(tmp_path: Path) -> None:
    first, second = tmp_path / "a.cfg", tmp_path / "b.cfg"
    first.write_text("sysname\n")
    second.write_text(f"{RIGHT} vrrp vrid 1 priorty 1\n")
    code, out, err = run("--family", "huawei_vrp", str(first), str(second))
    assert code == 1
    assert out.splitlines()[0] == (
        f"{first}:1: in system: the line is incomplete; allowed here: STRING<1-246>"
    )
    assert out.splitlines()[1].startswith(f"{second}:5: in interface-vlanif: 'priorty' (word 4)")
    assert err == "2 files, 2 faults, 0 outside\n"


def test_json_carries_the_parts_of_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "a.cfg"
    file.write_text(" irf member 1 priority 33\n")
    code, out, _ = run("--family", "h3c_comware", "--json", str(file))
    answer = json.loads(out)
    assert (code, answer["valid"]) == (1, False)
    (fault,) = answer["faults"]
    assert (fault["line"], fault["view"], fault["word"]) == (1, "system", 5)
    assert fault["allowed"] == ["<1-32>"]
    assert fault["kind"] == "line"


def test_what_cannot_be_read_or_is_no_platform_is_refused(tmp_path: Path) -> None:
    code, _, err = run("--family", "huawei_vrp", str(tmp_path / "missing.cfg"))
    assert (code, "cannot be read" in err) == (2, True)
    code, _, err = run("--family", "huawei_vrp", "--platform", "nx", str(tmp_path / "missing.cfg"))
    assert (code, "known: ne, ce, ar, s, usg" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "code", "kinds"),
    [
        pytest.param("pim dm-domain 1\n", 3, ["outside"], id="a feature without forms"),
        pytest.param("vlan batch 10\nfrobnicate 1\n", 3, ["outside"], id="a word like no other"),
        pytest.param("sysnam a\n", 1, ["line"], id="a word near a command"),
        pytest.param("sbfd\n", 3, ["outside"], id="a feature named like another"),
        pytest.param("vlna batch 10\n", 1, ["line"], id="letters in another order"),
        pytest.param("vlan batch 5000\n", 1, ["line"], id="a value out of its range"),
        pytest.param("sysname\n", 1, ["line"], id="an incomplete line"),
        pytest.param("frobnicate 1\nvlan batch 5000\n", 1, ["outside", "line"], id="both"),
        pytest.param("[V200R003C00]\n#\nsysname a\n\0", 0, [], id="a heading and a NUL at the end"),
    ],
)
def test_what_is_outside_is_said_apart_from_what_is_wrong(
    tmp_path: Path, text: str, code: int, kinds: list[str]
) -> None:
    file = tmp_path / "a.cfg"
    file.write_text(text)
    found, out, _ = run("--family", "huawei_vrp", "--json", str(file))
    answer = json.loads(out)
    assert (found, [fault["kind"] for fault in answer["faults"]]) == (code, kinds)
    assert (answer["wrong"], answer["outside"]) == (kinds.count("line"), kinds.count("outside"))
