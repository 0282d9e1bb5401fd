"""What every driver must do with a change, whatever its platform.

A platform's test class derives from :class:`DriverContract` and brings a fixture ``bench``. Each
test begins and ends with the box as it was first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from device_configs.drivers import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from device_configs.drivers.change_driver import ChangeDriver


@dataclass(frozen=True)
class Texts:
    """Configurations of one platform that the contract uses."""

    merge: str
    """Lines that the box takes; they contain ``marker``."""
    marker: str
    """Stands in the running configuration exactly while ``merge`` or ``replace`` is in force."""
    replace: str
    """A whole configuration."""
    unknown: str
    """A good line, and last one that the platform's language does not have."""
    revert_s: int
    """The shortest time of a commit with a revert."""


class Bench(ABC):
    """One box of a platform, and what a test does to it."""

    texts: Texts

    @abstractmethod
    def driver(self, **options: Any) -> ChangeDriver:
        """A driver that is not open yet."""

    @abstractmethod
    def running(self) -> str: ...

    @abstractmethod
    def startup(self) -> str: ...

    @abstractmethod
    def let_time_pass(self, seconds: int) -> None:
        """Until the box's own timers of this length have run out and done their work."""

    @abstractmethod
    def hold_for_another(self) -> Any:
        """A context in which somebody else configures the box."""

    @contextmanager
    def opened(self, **options: Any) -> Iterator[ChangeDriver]:
        driver = self.driver(**options)
        driver.open()
        try:
            yield driver
        finally:
            driver.close()


class DriverContract:
    """Load, compare, commit, confirm, roll back."""

    @pytest.fixture(autouse=True)
    def _ends_as_it_began(self, bench: Bench) -> Iterator[None]:
        running, startup = bench.running(), bench.startup()
        yield
        assert (bench.running(), bench.startup()) == (running, startup)

    def test_a_merge_comes_into_force_and_is_rolled_back(self, bench: Bench) -> None:
        with bench.opened() as driver:
            driver.load_merge_candidate(config=bench.texts.merge)
            assert bench.texts.marker in driver.compare_config()
            assert bench.texts.marker not in bench.running()
            driver.commit_config()
            assert bench.texts.marker in bench.running()
            assert bench.texts.marker in bench.startup()
            assert not driver.has_pending_commit()
            driver.load_merge_candidate(config=bench.texts.merge)
            assert driver.compare_config() == ""
            driver.discard_config()
            driver.rollback()

    def test_a_replacement_waits_and_another_session_confirms_it(self, bench: Bench) -> None:
        before = bench.startup()
        with bench.opened() as driver:
            driver.load_replace_candidate(config=bench.texts.replace)
            assert bench.texts.marker in driver.compare_config()
            change_id = driver.change_id
            driver.commit_config(revert_in=bench.texts.revert_s * 10)
            assert driver.has_pending_commit()
            assert bench.texts.marker in bench.running()
            assert bench.startup() == before
        with bench.opened(change_id=change_id) as driver:
            assert driver.has_pending_commit()
            driver.confirm_commit()
            assert not driver.has_pending_commit()
            assert bench.texts.marker in bench.startup()
            driver.rollback()

    def test_what_nobody_confirms_goes_back_though_the_session_is_gone(self, bench: Bench) -> None:
        with bench.opened() as driver:
            driver.load_merge_candidate(config=bench.texts.merge)
            driver.commit_config(revert_in=bench.texts.revert_s)
            change_id = driver.change_id
        assert bench.texts.marker in bench.running()
        bench.let_time_pass(bench.texts.revert_s)
        with bench.opened(change_id=change_id) as driver:
            assert not driver.has_pending_commit()
            with pytest.raises(refusals.NoPendingCommit):
                driver.confirm_commit()

    def test_a_waiting_change_is_rolled_back_by_a_restarted_controller(self, bench: Bench) -> None:
        with bench.opened() as driver:
            driver.load_merge_candidate(config=bench.texts.merge)
            driver.commit_config(revert_in=bench.texts.revert_s * 10)
            change_id = driver.change_id
        with bench.opened(change_id=change_id) as driver:
            driver.rollback()
            assert not driver.has_pending_commit()

    def test_nothing_is_committed_while_a_change_waits(self, bench: Bench) -> None:
        with bench.opened() as driver, bench.opened() as other:
            driver.load_merge_candidate(config=bench.texts.merge)
            driver.commit_config(revert_in=bench.texts.revert_s * 10)
            other.load_merge_candidate(config=bench.texts.merge)
            with pytest.raises(refusals.ChangePending):
                other.commit_config()
            with pytest.raises((refusals.ChangePending, refusals.NoPendingCommit)):
                other.confirm_commit()
            assert driver.has_pending_commit()
            driver.rollback()

    def test_a_line_the_platform_does_not_know_changes_nothing(self, bench: Bench) -> None:
        with bench.opened() as driver:
            driver.load_merge_candidate(config=bench.texts.unknown)
            with pytest.raises(refusals.CandidateRefused) as refusal:
                driver.commit_config()
            assert "unheard-of" in str(refusal.value)
            assert not driver.has_pending_commit()

    def test_the_second_writer_is_refused(self, bench: Bench) -> None:
        with bench.opened() as driver, bench.hold_for_another():
            driver.load_merge_candidate(config=bench.texts.merge)
            with pytest.raises(refusals.SecondWriter):
                driver.commit_config()

    def test_a_discarded_candidate_is_not_committed(self, bench: Bench) -> None:
        with bench.opened() as driver:
            driver.load_merge_candidate(config=bench.texts.merge)
            driver.discard_config()
            assert driver.compare_config() == ""
            with pytest.raises(refusals.CandidateMissing):
                driver.commit_config()
            with pytest.raises(refusals.NoPendingCommit):
                driver.confirm_commit()

    @pytest.mark.parametrize("text", ["", "\n\n", "!\n#\n", "vlan 10\x07\n"])
    def test_garbage_is_no_candidate(self, bench: Bench, text: str) -> None:
        with pytest.raises(refusals.CandidateMissing):
            bench.driver().load_merge_candidate(config=text)

    def test_a_candidate_comes_from_a_file_or_a_text(self, bench: Bench, tmp_path: Path) -> None:
        driver = bench.driver()
        (tmp_path / "good").write_text(bench.texts.merge)
        (tmp_path / "latin").write_bytes(b"description \xe9\n")
        driver.load_merge_candidate(filename=str(tmp_path / "good"))
        for wrong in (
            {},
            {"filename": str(tmp_path / "good"), "config": "a"},
            {"filename": str(tmp_path / "missing")},
            {"filename": str(tmp_path / "latin")},
        ):
            with pytest.raises(refusals.CandidateMissing):
                driver.load_replace_candidate(**wrong)

    def test_a_closed_driver_says_so(self, bench: Bench) -> None:
        driver = bench.driver()
        assert driver.is_alive() == {"is_alive": False}
        with pytest.raises(refusals.ConnectionFailed):
            driver.has_pending_commit()
        driver.close()
