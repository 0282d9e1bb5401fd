"""The word of a device about a trial, read: what cannot be read says nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_configs.changes.states import Place
from device_configs.changes.trial_words import answer_of, intended_fingerprint, trial_command
from device_configs.render.tree import RenderedFile, Tree

TOKEN = "N-20261129-001.0"


@pytest.mark.parametrize(
    ("state", "is_old", "is_new", "place"),
    [
        ("none", False, False, Place.OLD),
        ("loading", False, False, Place.LOADING),
        ("trial", False, True, Place.TRIAL),
        ("trial", False, False, Place.LOADING),
        ("confirmed", False, True, Place.NEW),
        ("confirmed", False, False, Place.MIXED),
        ("reverted", True, False, Place.OLD),
        ("expired", True, False, Place.OLD),
        ("refused", True, False, Place.OLD),
        ("restarted", True, False, Place.OLD),
        ("expired", False, False, Place.MIXED),
        ("what else", True, True, Place.UNKNOWN),
    ],
)
def test_a_device_is_where_it_says(state: str, is_old: bool, is_new: bool, place: Place) -> None:
    said = {"token": TOKEN, "state": state, "is_old": is_old, "is_new": is_new}
    assert answer_of(json.dumps(said), TOKEN).place is place


def test_a_device_that_did_not_come_back_whole_is_neither() -> None:
    said = {"token": TOKEN, "state": "reverted", "is_old": True, "problem": "frr: line refused"}
    answer = answer_of(json.dumps(said), TOKEN)
    assert (answer.place, answer.message) == (Place.MIXED, "frr: line refused")


@given(st.one_of(st.text(), st.from_type(dict).map(str), st.integers().map(json.dumps)))
def test_garbage_is_unknown(text: str) -> None:
    assert answer_of(text, TOKEN).place is Place.UNKNOWN


def test_an_answer_about_another_trial_is_unknown() -> None:
    said = {"token": "N-20261129-002.0", "state": "trial", "is_new": True}
    assert answer_of(json.dumps(said), TOKEN).place is Place.UNKNOWN


def test_a_token_is_quoted_for_the_shell() -> None:
    assert "'x; reboot'" in trial_command("status", "x; reboot")


def test_the_order_of_files_is_no_difference() -> None:
    one, two = RenderedFile("/a", "1"), RenderedFile("/b", "2", 0o600, "frr", "frr")
    assert intended_fingerprint(Tree("rt-a", (one, two), ())) == intended_fingerprint(
        Tree("rt-a", (two, one), ())
    )
