"""The grammar's data: every form compiles, is reachable, and is proven or said to be unproven."""

import pytest

from device_configs.grammar import FAMILIES, load_family
from device_configs.grammar.documents import GrammarInvalid, read_files
from device_configs.grammar.family import build_family
from device_configs.grammar.notation import NotationFault, parse_form
from device_configs.grammar.views import SYSTEM_VIEW
from tests.device_configs.grammar.conftest import HERE
from tests.device_configs.grammar.evidence import UNPROVEN, all_forms, unproven_text

DATA = HERE.parents[2] / "device_configs" / "grammar"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_form_compiles(family: str) -> None:
    machines = [
        command.machine
        for view in load_family(family).views.values()
        for commands in view.commands.values()
        for command in commands
    ]
    assert len(machines) > 1000


@pytest.mark.parametrize("family", FAMILIES)
def test_every_view_is_reached_from_the_system_view(family: str) -> None:
    documents = [view for file in read_files(DATA / family).values() for view in file.views.items()]
    leads: dict[str, set[str]] = {}
    for name, view in documents:
        opened = {parse_form(entry.form).opens for entry in view.forms}
        leads.setdefault(name, set()).update(view.uses, {to for to in opened if to})
    reached, waiting = {SYSTEM_VIEW}, [SYSTEM_VIEW]
    while waiting:
        for name in leads[waiting.pop()] - reached:
            reached.add(name)
            waiting.append(name)
    assert reached == set(leads)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_form_stands_twice_in_a_view(family: str) -> None:
    seen: set[tuple[str, str]] = set()
    twice = []
    for file in read_files(DATA / family).values():
        for name, view in file.views.items():
            for entry in view.forms:
                key = (name, entry.form)
                twice.extend([key] if key in seen else [])
                seen.add(key)
    assert twice == []
    assert seen == all_forms(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_file_names_the_references_it_was_written_from(family: str) -> None:
    for name, file in read_files(DATA / family).items():
        assert all(len(source) > 20 for source in file.sources), name


def test_forms_without_a_public_sample_are_listed() -> None:
    assert UNPROVEN.read_text("utf-8") == unproven_text(), (
        "run: python -m tests.device_configs.grammar.evidence"
    )


@pytest.mark.parametrize(
    ("form", "what"),
    [
        ("vlan { batch", "is not closed"),
        ("vlan { batch | }", "an alternative is empty"),
        ("&<1-3> vlan", "repeats nothing"),
        ("vlan %", "'%' is neither a keyword nor a value"),
        ("", "holds no element"),
    ],
)
def test_a_form_that_is_no_notation_is_named(form: str, what: str) -> None:
    with pytest.raises(NotationFault, match=what):
        parse_form(form)


FAMILY_FILE = """
title: A family
platforms: {one: The one platform}
interfaces: {vlan: {names: [Vlan], numbers: 1-4094}}
sources: [A reference]
"""


@pytest.mark.parametrize(
    ("views", "what"),
    [
        ("system: {title: t, forms: [vlan NUMBER]}", "no value type is named 'NUMBER'"),
        ("system: {title: t, forms: ['interface IFNAME<loop>']}", "no interface class 'loop'"),
        ("system: {title: t, forms: [vlan -> nowhere]}", "opens no known view"),
        ("system: {title: t, uses: [nowhere]}", "uses no known view 'nowhere'"),
        ("system: {title: t, forms: [{form: vlan, platforms: [two]}]}", "no platform"),
        ("other: {title: t}", "no view is named 'system'"),
        ("system: {title: t, form: [vlan]}", "Extra inputs are not permitted"),
        ("system: {title: t, forms: ['IPV4 vlan']}", "begins with a keyword"),
    ],
)
def test_faulty_data_is_refused_with_its_place(tmp_path, views: str, what: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "family.yml").write_text(FAMILY_FILE)
    (tmp_path / "views.yml").write_text(f"sources: [A reference]\nviews: {{{views}}}\n")
    with pytest.raises(GrammarInvalid, match=what):
        build_family("a", tmp_path)
