"""Open sessions to vendor boxes: one a box, kept from one step of a change to the next."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from device_configs.changes.box_logins import BoxLogin
from device_configs.twin.namespace import inside_network

if TYPE_CHECKING:  # netmiko and paramiko take half a second, and only a change needs them
    from device_configs.drivers.eos.driver import AristaEosDriver
    from device_configs.drivers.vendor.driver import VendorDriver

    BoxDriver = VendorDriver | AristaEosDriver

ANSWER_S = 30.0
"""How long a box may take for one line; saving and committing may take four times that."""


@dataclass
class BoxSessions:
    """``families`` says the language of each box; ``network`` is a descriptor of the network
    namespace from which boxes are reached, None where the calling thread stands in it.

    Several threads may use it, each box by one of them at a time.
    """

    families: Mapping[str, str]
    logins: Mapping[str, BoxLogin]
    network: int | None = None
    answer_s: float = ANSWER_S
    _open: "dict[str, BoxDriver]" = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def session(self, name: str, change_id: str = "") -> "Iterator[BoxDriver]":
        """The session of a box, opened if it is not there. What fails in it ends it, so that the
        next one begins anew. Raises DriverRefusal where the box is not reached."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            driver = self._open.get(name)
            if driver is None or not driver.is_alive()["is_alive"]:
                driver = self._open[name] = self._begin(name)
            if change_id:
                driver.change_id = change_id
            try:
                yield driver
            except BaseException:
                self._end(name)
                raise

    def close(self) -> None:
        """End every session."""
        for name in list(self._open):
            self._end(name)

    def _begin(self, name: str) -> "BoxDriver":
        from device_configs.drivers.eos.driver import AristaEosDriver
        from device_configs.drivers.vendor.h3c_comware import H3cComwareDriver
        from device_configs.drivers.vendor.huawei_vrp import HuaweiVrpDriver

        kinds: dict[str, type[BoxDriver]] = {
            "arista_eos": AristaEosDriver,
            "huawei_vrp": HuaweiVrpDriver,
            "h3c_comware": H3cComwareDriver,
        }
        login = self.logins[name]
        driver = kinds[self.families[name]](
            login.host, login.user, login.password, timeout=int(self.answer_s) or 1,
            optional_args=_options(login),
        )  # fmt: skip
        network = None if login.stands_in else self.network  # those are on our own loopback
        with nullcontext() if network is None else inside_network(network):
            driver.open()
        return driver

    def _end(self, name: str) -> None:
        driver = self._open.pop(name, None)
        if driver is not None:
            with suppress(OSError, EOFError):
                driver.close()


def _options(login: BoxLogin) -> dict[str, object]:
    options: dict[str, object] = {"port": login.port}
    if login.key_file:
        options |= {
            "use_keys": True,
            "key_file": login.key_file,
            "ssh_strict": True,
            "alt_host_keys": True,
            "alt_key_file": login.known_hosts,
        }
    return options
