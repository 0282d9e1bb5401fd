"""Files that a play keeps on the controller."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from device_configs.plays.kept_files import keep_files, rendered_files

kept = st.dictionaries(
    st.sampled_from(["a", "b", "etc/c", "etc/d"]), st.text("a\n值", max_size=5), max_size=4
)


@given(first=kept, second=kept)
@hypothesis_settings(max_examples=30)
def test_what_was_shown_is_done_and_then_nothing_is_left_to_do(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, str], second: dict[str, str]
) -> None:
    directory = tmp_path_factory.mktemp("kept")
    keep_files(directory, first, check=False)
    shown = keep_files(directory, second, check=True)
    assert keep_files(directory, second, check=False) == shown
    assert set(shown.changed) == {
        path for path in first.keys() | second.keys() if first.get(path) != second.get(path)
    }
    assert keep_files(directory, second, check=False).changed == ()


def test_a_path_that_leads_out_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out"):
        keep_files(tmp_path / "kept", {"a": "", "../b": ""}, check=False)
    assert list(tmp_path.iterdir()) == []


def test_a_rendered_file_has_its_secrets_masked() -> None:
    tree = {
        "files": [{"path": "/etc/a", "content": "key s3cret1 s3cret"}],
        "masked": ["s3cret", "s3cret1"],
    }
    packed = base64.b64encode(json.dumps(tree).encode()).decode()
    assert rendered_files(packed) == {"etc/a": "key <secret> <secret>"}
