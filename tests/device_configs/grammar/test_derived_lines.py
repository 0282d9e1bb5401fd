"""Whatever a form derives, it accepts; a line with a broken keyword, it refuses."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from device_configs.grammar import FAMILIES, load_family
from device_configs.grammar.documents import read_family
from device_configs.grammar.forms import CommandForm
from device_configs.grammar.lines import read_line
from device_configs.grammar.notation import Value
from tests.device_configs.grammar.conftest import HERE
from tests.device_configs.grammar.derive import lines

DATA = HERE.parents[2] / "device_configs" / "grammar"
INTERFACES = {family: dict(read_family(DATA / family).interfaces) for family in FAMILIES}
OPEN_VALUES = ("WORD", "STRING", "TEXT", "BANNER", "HOST", "OID")
BROKEN = "\x7f"


def _commands(family: str) -> list[CommandForm]:
    found = {
        id(command): command
        for view in load_family(family).views.values()
        for commands in view.commands.values()
        for command in commands
    }
    return sorted(found.values(), key=lambda command: (command.view, command.form.text))


COMMANDS = {family: _commands(family) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
@settings(max_examples=250)
def test_a_derived_line_is_accepted(family: str, data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(COMMANDS[family]))
    words = data.draw(lines(command.tree, INTERFACES[family]))
    line = read_line(1, " ".join(words))
    assert line is not None
    assert command.machine.read(line).accepted, (command.form.text, line.text)
    view = load_family(family).views[command.view]
    assert command in view.candidates(line), "the form is found by the line's first words"
    assert view.read(line, None) is not None


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
@settings(max_examples=250)
def test_a_line_with_a_broken_keyword_is_refused(family: str, data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(COMMANDS[family]))
    words = data.draw(lines(command.tree, INTERFACES[family]))
    keywords = [at for at, word in enumerate(words) if word in command.needed]
    assume(keywords)
    at = data.draw(st.sampled_from(keywords))
    broken = read_line(1, " ".join([*words[:at], words[at] + BROKEN, *words[at + 1 :]]))
    assert broken is not None
    reading = command.machine.read(broken)
    begun = read_line(1, " ".join([*words[:at], BROKEN]))
    assert begun is not None
    allowed = command.machine.read(begun).allowed
    # Elsewhere the form itself allows any word.
    assume(allowed and not any(label.startswith(OPEN_VALUES) for label in allowed))
    assert not reading.accepted, (command.form.text, broken.text)


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
@settings(max_examples=120)
def test_a_number_out_of_range_is_refused(family: str, data: st.DataObject) -> None:
    commands = [c for c in COMMANDS[family] if c.form.text.endswith(">") and c.tree.items]
    command = data.draw(st.sampled_from(commands))
    last = command.tree.items[-1]
    assume(isinstance(last, Value) and last.type == "<" and not command.undoes)
    words = data.draw(lines(command.tree, INTERFACES[family]))
    highest = max(
        int(n) for part in last.arguments.split("|") for n in part.split(":")[0].split("-")
    )
    line = read_line(1, " ".join([*words[:-1], str(highest + 1)]))
    assert line is not None
    assert not command.machine.read(line).accepted
