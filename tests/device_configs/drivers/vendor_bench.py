"""Emulated boxes as benches of the contract."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from device_configs.drivers.vendor.h3c_comware import H3cComwareDriver
from device_configs.drivers.vendor.huawei_vrp import HuaweiVrpDriver
from device_configs.drivers.vendor.speech import COMWARE, HUAWEI
from device_configs.drivers.vendor.terminal import LineTerminal, connect_line
from tests.device_configs.drivers.contract import Bench, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from device_configs.drivers.vendor.driver import VendorDriver
    from device_configs.emulator.devices import Devices

VRP = """#
sysname {name}
#
vlan batch 10 20
#
aaa
 local-user watcher password irreversible-cipher $1c$canary$
 local-user watcher privilege level 1
#
interface Vlanif10
 description error of the past, not a fault
 ip address 10.0.10.1 255.255.255.0
#
return
"""
COMWARE_TEXT = """#
 sysname {name}
#
vlan 10
#
vlan 20
#
interface Vlan-interface10
 description error of the past, not a fault
 ip address 10.0.10.1 255.255.255.0
#
return
"""
MERGE = "#\nvlan 30\n description 三十 thirty\n#\n"
MARKER = "三十 thirty"


class VendorBench(Bench):
    """One emulated box of a kind."""

    def __init__(self, devices: Devices, name: str) -> None:
        self.devices, self.device = devices, devices[name]
        self.comware = self.device.state.kind.comware
        before = self.running()
        self.texts = Texts(
            merge=MERGE,
            marker=MARKER,
            replace=before.replace("#\nreturn", f"{MERGE}return"),
            unknown=f"{MERGE}unheard-of line\n",
            revert_s=60,
        )

    def driver(self, **options: Any) -> VendorDriver:
        kind = H3cComwareDriver if self.comware else HuaweiVrpDriver
        device = self.device
        return kind(
            device.host, device.user, device.password, timeout=20,
            optional_args={"port": device.port, **options},
        )  # fmt: skip

    def running(self) -> str:
        return self.device.running_text()

    def startup(self) -> str:
        return self.device.saved_text()

    def let_time_pass(self, seconds: int) -> None:
        self.devices.advance(seconds + 120)

    @contextmanager
    def hold_for_another(self) -> Iterator[None]:
        device = self.device
        connection = connect_line(
            device.host, device.user, device.password, "huawei", port=device.port
        )
        terminal = LineTerminal(connection, COMWARE if self.comware else HUAWEI, 20)
        terminal.ask("configuration exclusive" + (" by-user-name" if self.comware else ""))
        try:
            yield
        finally:
            terminal.ask("undo configuration exclusive")
            terminal.hang_up()
