"""A storm is thinned out in the kernel, where a datagram costs nothing and waits before no other.

The kernel's queue of a socket is one for all senders: while we get no processor time, a storm in it
delays and finally drops the traps of others. So a sender far beyond any honest one is filtered at
the socket; one in 64 of its datagrams still comes in, which shows when the storm is over.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

WINDOW_S = 0.5
NOISY = 1_000
"""Datagrams in a window. A switch that loses its power sends some hundreds once."""
ONE_IN = 64
QUIET_PER_S = 500
"""Datagrams a second of a filtered sender, by what comes through, below which it is let in."""
CHECKED_EVERY_S = 1.0
MOST_FILTERED = 64
MOST_DECLARED = 1_900
"""Of more addresses than that the kernel takes no program (4,096 instructions)."""

LOAD_WORD, JUMP, JUMP_IF_EQUAL, JUMP_IF_GREATER, RETURN = 0x20, 0x05, 0x15, 0x25, 0x06
SOURCE_ADDRESS = 0xFFF00000 + 12
"""SKF_NET_OFF: the network header, and the source address in it (RFC 791)."""
RANDOM = 0xFFFFF000 + 56
"""SKF_AD_OFF + SKF_AD_RANDOM (linux/filter.h)."""
WHOLE = 0xFFFFFFFF
INSTRUCTION = struct.Struct("HBBI")


@dataclass(slots=True)
class _Window:
    began_s: float
    count: int = 0


class Sieve:
    """Whom the kernel filters, and how many datagrams of each did not come in."""

    def __init__(self, declared: Iterable[str]) -> None:
        # The port is one of IPv4; a declared address of IPv6 never sends to it.
        self._declared = sorted(address for address in declared if ":" not in address)
        self._windows: dict[str, _Window] = {}
        self._filtered: dict[str, set[str]] = {}
        self._passed: dict[str, int] = {}
        self._shares: dict[str, int] = {}
        self._checked_s = 0.0
        self._is_changed = False

    def saw(self, sender: str, address: str, at_s: float) -> None:
        """A datagram of a declared sender, or of any undeclared address (empty name)."""
        window = self._windows.setdefault(sender, _Window(at_s))
        if at_s - window.began_s >= WINDOW_S:
            window.began_s, window.count = at_s, 0
        window.count += 1
        if sender in self._filtered:
            self._passed[sender] = self._passed.get(sender, 0) + 1
            self._shares[sender] = self._shares.get(sender, 0) + 1
        if window.count >= NOISY and address not in self._filtered.get(sender, ()):
            self._filter(sender, address, at_s)

    @property
    def is_active(self) -> bool:
        return bool(self._filtered)

    def shares(self, dropped: int) -> Mapping[str, int]:
        """How many of these were whose, by what came through of each since the last time."""
        shares, self._shares = self._shares, {}
        if not shares:
            shares = dict.fromkeys(self._filtered, 1) or {"": 1}
        total = sum(shares.values())
        found = {sender: dropped * share // total for sender, share in shares.items()}
        greatest = max(shares, key=lambda sender: shares[sender])
        found[greatest] += dropped - sum(found.values())
        return found

    def changed(self, now_s: float) -> bool:
        """Whether the kernel needs another program; lets senders in whose storm is over."""
        if self._filtered and now_s - self._checked_s >= CHECKED_EVERY_S:
            self._let_in_the_quiet(now_s)
        is_changed, self._is_changed = self._is_changed, False
        return is_changed

    def program(self) -> bytes | None:
        """For SO_ATTACH_FILTER; None when nobody is filtered."""
        if not self._filtered:
            return None
        code = [(LOAD_WORD, 0, 0, SOURCE_ADDRESS)]
        noisy = [address for name, known in self._filtered.items() if name for address in known]
        accepted = self._declared if "" in self._filtered else []
        rest = len(accepted)
        for number, address in enumerate(noisy):
            to_sampling = 2 * (len(noisy) - number - 1) + 2 * rest + ("" not in self._filtered)
            code.append((JUMP_IF_EQUAL, 0, 1, int(IPv4Address(address))))
            code.append((JUMP, 0, 0, to_sampling))
        for address in accepted:
            code.append((JUMP_IF_EQUAL, 0, 1, int(IPv4Address(address))))
            code.append((RETURN, 0, 0, WHOLE))
        if "" not in self._filtered:
            code.append((RETURN, 0, 0, WHOLE))
        code += [
            (LOAD_WORD, 0, 0, RANDOM),
            (JUMP_IF_GREATER, 0, 1, WHOLE // ONE_IN),
            (RETURN, 0, 0, 0),
            (RETURN, 0, 0, WHOLE),
        ]
        return b"".join(INSTRUCTION.pack(*instruction) for instruction in code)

    def _filter(self, sender: str, address: str, at_s: float) -> None:
        declared = sum(len(known) for name, known in self._filtered.items() if name)
        if sender and declared >= MOST_FILTERED:
            return
        if not sender and (len(self._declared) > MOST_DECLARED or "" in self._filtered):
            return
        self._filtered.setdefault(sender, set()).add(address)
        self._checked_s, self._passed = at_s, {}
        self._is_changed = True

    def _let_in_the_quiet(self, now_s: float) -> None:
        fewest = QUIET_PER_S * (now_s - self._checked_s) / ONE_IN
        for sender in [name for name in self._filtered if self._passed.get(name, 0) < fewest]:
            del self._filtered[sender]
            self._is_changed = True
        self._checked_s = now_s
        self._passed = {}
