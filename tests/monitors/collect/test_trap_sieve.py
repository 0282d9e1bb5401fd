"""What the kernel filters, tried in the kernel; and when it begins and ends."""

import contextlib
import socket
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.traps.inbox import Datagram
from monitors.collect.traps.reception import Reception
from monitors.collect.traps.sieve import NOISY, Sieve
from ops_core.kernel.clock import SystemClock

DECLARED = [f"127.0.1.{number}" for number in range(1, 21)]
NOISE_A, NOISE_B, QUIET = DECLARED[0], DECLARED[7], DECLARED[-1]
SENT = 640


def came_through(sieve: Sieve, addresses: list[str]) -> Counter[str]:
    """How many of ``SENT`` datagrams of each address a socket gets with the sieve's program."""
    reception = Reception("127.0.0.1", 0, SystemClock())
    found: Counter[str] = Counter()

    def take(datagram: Datagram) -> None:
        found[datagram.address[0]] += 1

    try:
        reception.filter(sieve.program())
        for address in addresses:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((address, 0))
                for _ in range(SENT):
                    sender.sendto(b"trap", ("127.0.0.1", reception.port))
        reception.drain(100 * SENT, take, lambda _: None)
        drops = reception.kernel_queue().drops
    finally:
        reception.close()
    assert found.total() + drops == SENT * len(addresses)
    return found


def noisy(sieve: Sieve, sender: str, address: str) -> None:
    for _ in range(NOISY):
        sieve.saw(sender, address, 0.0)


def test_the_kernel_thins_out_whom_the_sieve_names_and_nobody_else() -> None:
    sieve = Sieve(DECLARED)
    noisy(sieve, "a", NOISE_A)
    noisy(sieve, "b", NOISE_B)
    found = came_through(sieve, [NOISE_A, NOISE_B, QUIET, "127.9.9.9"])
    assert (found[QUIET], found["127.9.9.9"]) == (SENT, SENT)
    assert found[NOISE_A] < SENT / 10
    assert found[NOISE_B] < SENT / 10


def test_a_storm_of_forged_addresses_hides_no_declared_one() -> None:
    sieve = Sieve(DECLARED)
    noisy(sieve, "", "127.9.9.9")
    noisy(sieve, "b", NOISE_B)
    found = came_through(sieve, [*DECLARED, "127.9.9.9", "127.8.8.8"])
    assert {found[address] for address in DECLARED if address != NOISE_B} == {SENT}
    assert found["127.9.9.9"] + found["127.8.8.8"] + found[NOISE_B] < 3 * SENT / 10


def test_many_noisy_senders_fit_a_program() -> None:
    addresses = [f"127.2.0.{number}" for number in range(1, 101)]
    sieve = Sieve(addresses)
    for address in addresses:
        noisy(sieve, address, address)
    noisy(sieve, "", "127.9.9.9")
    assert came_through(sieve, [addresses[0], addresses[63]]).total() < 2 * SENT / 10


def test_a_large_site_is_filtered_without_its_program_being_refused() -> None:
    sieve = Sieve(f"10.{n // 60_000}.{n // 250 % 240}.{n % 250}" for n in range(5_000))
    noisy(sieve, "", "127.9.9.9")
    with contextlib.closing(Reception("127.0.0.1", 0, SystemClock())) as reception:
        if sieve.program() is not None:
            reception.filter(sieve.program())
    small = Sieve(f"10.0.{n // 250}.{n % 250}" for n in range(1_800))
    noisy(small, "", "127.9.9.9")
    assert came_through(small, ["127.9.9.9"]).total() < SENT / 10


def test_declared_addresses_of_ipv6_are_no_part_of_a_program() -> None:
    sieve = Sieve([QUIET, "fd00::1"])
    noisy(sieve, "", "127.9.9.9")
    assert came_through(sieve, [QUIET]) == {QUIET: SENT}


def test_an_honest_burst_is_never_filtered() -> None:
    sieve = Sieve(DECLARED)
    for number in range(5 * (NOISY - 1)):
        sieve.saw("a", NOISE_A, number * 0.51 / (NOISY - 1))
    assert not sieve.changed(10.0)
    assert sieve.program() is None


def test_a_sender_is_let_in_when_its_storm_is_over_and_not_before() -> None:
    sieve = Sieve(DECLARED)
    noisy(sieve, "a", NOISE_A)
    assert sieve.changed(0.0)
    for number in range(150):  # 9,600 a second, of which 150 come through
        sieve.saw("a", NOISE_A, number / 150)
    assert not sieve.changed(1.0)
    assert sieve.is_active
    assert sieve.changed(2.0)
    assert not sieve.is_active


@given(
    st.dictionaries(st.sampled_from(["", "a", "b"]), st.integers(0, 50)),
    st.integers(0, 10_000),
)
def test_what_was_filtered_is_counted_to_its_senders_and_nothing_is_lost(came, dropped) -> None:
    sieve = Sieve(DECLARED)
    for sender, count in came.items():
        noisy(sieve, sender, NOISE_A if sender else "127.9.9.9")
        for _ in range(count):
            sieve.saw(sender, NOISE_A, 0.0)
    shares = sieve.shares(dropped)
    assert sum(shares.values()) == dropped
    assert all(count >= 0 for count in shares.values())
