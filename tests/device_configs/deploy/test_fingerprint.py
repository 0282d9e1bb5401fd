"""What a device's one answer says of it: nothing short of everything counts as unchanged."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from device_configs.deploy.fingerprint import (
    DeviceReading,
    fingerprint_of,
    is_unchanged,
    question_of,
    reading_of,
)
from device_configs.render.tree import RenderedFile, Tree

names = st.text("a-_. 值", min_size=1, max_size=4)
files = st.builds(
    RenderedFile,
    path=names.map(lambda name: f"/etc/{name}"),
    content=st.text(max_size=4),
    mode=st.sampled_from([0o644, 0o600, 0o755]),
    owner=st.sampled_from(["root", "frr"]),
)
trees = st.builds(
    Tree,
    device=st.just("sw-1"),
    files=st.lists(files, min_size=1, max_size=3, unique_by=lambda file: file.path).map(tuple),
    services=st.lists(st.sampled_from(["network", "snmpd", "sshd"]), unique=True).map(tuple),
)


def as_it_should_be(tree: Tree) -> DeviceReading:
    return DeviceReading(
        brought=frozenset(file.path for file in tree.files),
        files={file.path: fingerprint_of(file) for file in tree.files},
        running=frozenset(tree.services),
    )


def answer_of(tree: Tree) -> str:
    """What the shell of a device prints that is as the tree has it."""
    prints = {file.path: fingerprint_of(file) for file in tree.files}
    return "\n".join(
        [
            "=manifest", json.dumps(dict.fromkeys(prints, "snmpd"), indent=1), "",
            "=attributes", *(f"{one.mode} {one.owner} {path}" for path, one in prints.items()),
            "=sums", *(f"{one.sha256}  {path}" for path, one in prints.items()),
            "=services", *tree.services, "=end", "",
        ]
    )  # fmt: skip


@given(trees)
def test_a_device_as_it_should_be_is_unchanged(tree: Tree) -> None:
    reading = reading_of(answer_of(tree))
    assert reading == as_it_should_be(tree)
    assert is_unchanged(tree, reading)


@given(trees, st.data())
def test_a_device_that_differs_in_one_thing_is_not_unchanged(
    tree: Tree, data: st.DataObject
) -> None:
    reading = as_it_should_be(tree)
    path = data.draw(st.sampled_from([file.path for file in tree.files]))
    known = reading.files[path]
    others = {name: one for name, one in reading.files.items() if name != path}
    differing = [
        replace(reading, files=others),
        replace(reading, files=others | {path: replace(known, sha256="0" * 64)}),
        replace(reading, files=others | {path: replace(known, mode="777")}),
        replace(reading, files=others | {path: replace(known, owner="nobody")}),
        replace(reading, brought=reading.brought | {"/etc/left-over"}),
        replace(reading, brought=frozenset()),
    ]
    differing += [
        replace(reading, running=reading.running - {service}) for service in tree.services
    ]
    assert not any(is_unchanged(tree, one) for one in differing)


@given(trees, st.data())
def test_an_answer_that_was_cut_off_is_no_reading(tree: Tree, data: st.DataObject) -> None:
    whole = answer_of(tree).rstrip("\n")
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert reading_of(whole[:cut]) is None


@given(st.text())
def test_whatever_a_device_answers_is_read_or_refused(answer: str) -> None:
    assert reading_of(answer) is None


@given(trees, st.text(max_size=20), st.data())
def test_a_line_that_does_not_belong_there_never_makes_a_device_unchanged_that_is_not(
    tree: Tree, line: str, data: st.DataObject
) -> None:
    lines = answer_of(replace(tree, files=tree.files[1:])).splitlines()
    lines.insert(data.draw(st.integers(0, len(lines))), line)
    reading = reading_of("\n".join(lines))
    assert reading is None or not is_unchanged(tree, reading)


@given(trees)
def test_a_device_is_bare_on_which_nothing_was_brought_and_nothing_runs(tree: Tree) -> None:
    nothing = "=manifest\n\n=attributes\n=sums\n=services\n=end\n"
    reading = reading_of(nothing)
    assert reading is not None
    assert reading.is_bare
    assert not is_unchanged(tree, reading)
    lost = answer_of(tree).split("=attributes")[1]
    without_manifest = reading_of("=manifest\n\n=attributes" + lost)
    assert without_manifest is not None
    assert without_manifest.is_bare == (not tree.services), "somebody lost it: services run"


def test_a_path_is_quoted_in_the_question() -> None:
    tree = Tree("sw-1", (RenderedFile("/etc/a b;reboot", ""),), ())
    assert "'/etc/a b;reboot'" in question_of(tree)
