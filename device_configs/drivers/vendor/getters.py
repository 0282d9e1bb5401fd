"""NAPALM's getters that VRP and Comware can answer."""

from __future__ import annotations

from typing import Any

from napalm.base import models

from device_configs.drivers.vendor import displays
from device_configs.drivers.vendor.driver import VendorDriver
from device_configs.drivers.vendor.speech import refusal_in

_LLDP = {
    "huawei_vrp": "display lldp neighbor brief",
    "h3c_comware": "display lldp neighbor-information list",
}
_SERIAL = {"huawei_vrp": "display esn", "h3c_comware": "display device manufacture-info"}


class DisplayGetters(VendorDriver):
    """Each getter is one or two displays; what a box refuses to show is not there."""

    def get_facts(self) -> models.FactsDict:
        hostname = self._open_box().terminal.prompt.name
        # Not every model shows its number this way: then it is unknown, not an error.
        serial = displays.serial_number(super()._shown(_SERIAL[self.platform]))
        return displays.facts(
            self._shown("display version"), hostname, serial, sorted(self._sections())
        )

    def get_interfaces(self) -> dict[str, models.InterfaceDict]:
        """Names as the configuration has them; speed and address of the hardware are not asked."""
        states = displays.link_states(self._shown("display interface brief"))
        found: dict[str, models.InterfaceDict] = {}
        for name, section in self._sections().items():
            state = states.get(name) or states.get(_short(name))
            found[name] = {
                "is_enabled": state[0] if state else False,
                "is_up": state[1] if state else False,
                "description": section["description"],
                "last_flapped": -1.0,
                "mtu": section["mtu"],
                "speed": -1.0,
                "mac_address": "",
            }
        return found

    def get_interfaces_ip(self) -> dict[str, models.InterfacesIPDict]:
        """The configured addresses by interface."""
        found: dict[str, Any] = {}
        for name, section in self._sections().items():
            for address, length in section["addresses"]:
                family = "ipv6" if ":" in address else "ipv4"
                by_family = found.setdefault(name, {}).setdefault(family, {})
                by_family[address] = {"prefix_length": length}
        return found

    def get_arp_table(self, vrf: str = "") -> list[models.ARPTableDict]:
        inside = f" vpn-instance {vrf}" if vrf else ""
        return displays.arp_table(self._shown(f"display arp{inside}"))

    def get_lldp_neighbors(self) -> dict[str, list[models.LLDPNeighborDict]]:
        """By the interface's name as the configuration has it."""
        shown = displays.lldp_neighbors(self._shown(_LLDP[self.platform]))
        names = {_short(name): name for name in self._sections()}
        return {names.get(name, name): found for name, found in shown.items()}  # type: ignore[misc]

    def get_users(self) -> dict[str, models.UsersDict]:
        return displays.users(self._open_box().running())

    def _sections(self) -> dict[str, dict[str, Any]]:
        return displays.interface_sections(self._open_box().running())

    def _shown(self, command: str) -> str:
        answer = super()._shown(command)
        if refusal_in(answer, self.speech) is not None:
            raise NotImplementedError(f"{self.hostname} does not know: {command}")
        return answer


def _short(name: str) -> str:
    """Comware's tables cut type names: GigabitEthernet1/0/1 is GE1/0/1."""
    shorter = {
        "GigabitEthernet": "GE", "Ten-GigabitEthernet": "XGE", "XGigabitEthernet": "XGE",
        "FortyGigE": "FGE", "HundredGigE": "HGE", "LoopBack": "Loop", "Vlan-interface": "Vlan",
        "M-GigabitEthernet": "MGE", "Bridge-Aggregation": "BAGG", "Route-Aggregation": "RAGG",
    }  # fmt: skip
    for long, short in sorted(shorter.items(), key=lambda pair: -len(pair[0])):
        if name.startswith(long):
            return short + name[len(long) :]
    return name
