"""The collector of garbage rests while proofs run, and only then."""

import gc

import pytest

from device_configs.proofs.collector import collector_paused


def test_the_collector_runs_again_afterwards_even_after_an_error() -> None:
    def fail() -> None:
        with collector_paused():
            raise ValueError(gc.isenabled())

    assert gc.isenabled()
    with pytest.raises(ValueError, match="False"):
        fail()
    assert gc.isenabled()


def test_within_another_pause_it_goes_on_resting() -> None:
    with collector_paused():
        with collector_paused():
            pass
        assert not gc.isenabled()
