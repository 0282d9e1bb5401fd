"""Two changes never meet on a device, nor on the two halves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from device_configs.changes.locks import REDUNDANT_SET, lock_names, locked_devices
from device_configs.deploy.exclusion import Holder
from device_configs.site import Site, load_site
from ops_core.kernel.errors import Conflict

SITE: Site = load_site(Path(__file__).parents[3] / "inventory")
WANG = Holder("wang.fang", datetime(2026, 11, 29, 6, tzinfo=UTC), "N-20261129-001")
LI = Holder("li.ming", datetime(2026, 11, 29, 7, tzinfo=UTC), "N-20261129-002")


@pytest.mark.parametrize("second", [["rt-b"], ["core-a"], ["sw-1", "rt-b"]])
def test_what_touches_a_pair_excludes_what_touches_a_pair(
    tmp_path: Path, second: list[str]
) -> None:
    with (
        locked_devices(SITE, tmp_path, ["rt-b"], WANG),
        pytest.raises(Conflict) as refused,
        locked_devices(SITE, tmp_path, second, LI),
    ):
        pass
    assert "wang.fang" in refused.value.detail
    assert "N-20261129-001" in refused.value.detail


def test_access_switches_change_beside_each_other_and_one_never_twice(tmp_path: Path) -> None:
    with locked_devices(SITE, tmp_path, ["sw-1"], WANG):
        with locked_devices(SITE, tmp_path, ["sw-2"], LI):
            pass
        with pytest.raises(Conflict), locked_devices(SITE, tmp_path, ["sw-2", "sw-1"], LI):
            pass
        with locked_devices(SITE, tmp_path, ["sw-2"], LI):  # the refused one holds nothing
            pass


def test_everybody_takes_the_locks_in_one_order() -> None:
    assert lock_names(SITE, ["rt-b", "rt-a"]) == (REDUNDANT_SET, "rt-a", "rt-b")
    assert lock_names(SITE, ["sw-2", "sw-1"]) == ("sw-1", "sw-2")
