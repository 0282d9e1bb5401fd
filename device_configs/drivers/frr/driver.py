"""The NAPALM driver ``frr``."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any, ClassVar

from napalm.base import models

from device_configs.drivers.change_driver import ChangeDriver, new_change_id
from device_configs.drivers.frr import accounts, getters
from device_configs.drivers.frr.changing import FrrChange
from device_configs.drivers.frr.masking import without_secrets
from device_configs.drivers.frr.shell import CommandConnection, connect
from device_configs.drivers.refusals import ConnectionFailed, NotPossible
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.i18n import message


class FrrDriver(ChangeDriver):
    """FRR 8 on Linux; signs in as root or as one who may run ``vtysh`` and write ``/etc/frr``."""

    platform: ClassVar[str] = "frr"
    revert_class: RevertClass = RevertClass.TIMER

    _connection: CommandConnection | None = None
    _change: FrrChange | None = None

    def open(self) -> None:
        options = {"conn_timeout": self.timeout, **self.netmiko_optional_args}
        self._connection = connect(self.hostname, self.username, self.password, **options)
        self._change = FrrChange(self._connection, self.timeout)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.disconnect()
        self._connection = self._change = None

    def is_alive(self) -> models.AliveDict:
        return {"is_alive": self._connection is not None and self._connection.is_open}

    def compare_config(self) -> str:
        if self._candidate is None:
            return ""
        return self._router().compare(self._candidate, self.change_id)

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        self._router().commit(self._loaded(), self.change_id, revert_in)
        self._candidate = None

    def confirm_commit(self) -> None:
        self._router().confirm(self.change_id)
        self.change_id = new_change_id()

    def has_pending_commit(self) -> bool:
        return self._router().is_pending()

    def discard_config(self) -> None:
        self._candidate = None

    def rollback(self) -> None:
        self._router().roll_back(self.change_id)
        self.change_id = new_change_id()

    def get_facts(self) -> models.FactsDict:
        shown = self._run(
            "vtysh -c 'show version' | head -1; uname -n; hostname -f 2>/dev/null || uname -n;"
            " cut -d' ' -f1 /proc/uptime"
        )
        version, hostname, fqdn, uptime, *_ = [*shown.splitlines(), "", "", "", ""]
        up = float(uptime) if re.fullmatch(r"[\d.]+", uptime) else -1.0
        result: models.FactsDict = getters.facts(version, hostname, fqdn, up, self._interfaces())
        return result

    def get_interfaces(self) -> dict[str, models.InterfaceDict]:
        return getters.interfaces(self._interfaces())

    def get_interfaces_ip(self) -> dict[str, models.InterfacesIPDict]:
        return getters.interfaces_ip(self._interfaces())

    def get_bgp_neighbors(self) -> dict[str, models.BGPStateNeighborsPerVRFDict]:
        return getters.bgp_neighbors(self._shown("show bgp vrf all summary json"))

    def get_arp_table(self, vrf: str = "") -> list[models.ARPTableDict]:
        inside = f" show vrf {shlex.quote(vrf)}" if vrf else ""
        found = getters.neighbours(json.loads(self._run(f"ip -4 -j neigh{inside}") or "[]"))
        return [{key: entry[key] for key in ("interface", "mac", "ip", "age")} for entry in found]  # type: ignore[misc]

    def get_ipv6_neighbors_table(self) -> list[models.IPV6NeighborDict]:
        return getters.neighbours(json.loads(self._run("ip -6 -j neigh") or "[]"))  # type: ignore[return-value]

    def get_route_to(  # type: ignore[override]  # lists, as NAPALM's own tests want it
        self, destination: str = "", protocol: str = "", longer: bool = False
    ) -> dict[str, list[models.RouteDict]]:
        if not re.fullmatch(r"[0-9A-Fa-f.:/]+", destination):
            raise NotPossible(message("{found} 不是地址或前缀。", found=repr(destination)))
        family = "ipv6" if ":" in destination else "ip"
        more = " longer-prefixes" if longer else ""
        shown = self._shown(f"show {family} route {destination}{more} json")
        return getters.routes(shown, protocol)

    def get_users(self) -> dict[str, models.UsersDict]:
        return accounts.users(self._run(accounts.COMMAND))

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,
        sanitized: bool = False,
        format: str = "text",  # noqa: A002 - NAPALM's name
    ) -> models.ConfigDict:
        found: models.ConfigDict = {"running": "", "candidate": "", "startup": ""}
        if retrieve in ("running", "all"):
            found["running"] = self._run("vtysh -c 'show running-config no-header'")
        if retrieve in ("startup", "all"):
            found["startup"] = self._run("cat /etc/frr/frr.conf")
        if retrieve in ("candidate", "all") and self._candidate:
            found["candidate"] = self._candidate.text
        if sanitized:
            return {
                "running": without_secrets(found["running"]),
                "startup": without_secrets(found["startup"]),
                "candidate": without_secrets(found["candidate"]),
            }
        return found

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, Any]:
        """What ``vtysh`` answers to each command."""
        return {
            command: self._run(f"vtysh -c {shlex.quote(command)}", fails=False)
            for command in commands
        }

    def _router(self) -> FrrChange:
        if self._change is None:
            raise ConnectionFailed(message("会话没有打开。"))
        return self._change

    def _run(self, command: str, fails: bool = True) -> str:
        if self._connection is None:
            raise ConnectionFailed(message("会话没有打开。"))
        result = self._connection.run(command, timeout_s=self.timeout)
        if fails and result.code != 0:
            reason = result.faults.strip() or result.text.strip()
            raise NotPossible(message("{command} 失败：{reason}", command=command, reason=reason))
        return result.text

    def _shown(self, command: str) -> Any:
        return json.loads(self._run(f"vtysh -c {shlex.quote(command)}") or "{}")

    def _interfaces(self) -> Any:
        return self._shown("show interface json")


def ospf_neighbors(driver: FrrDriver) -> dict[str, list[dict[str, str]]]:
    """OSPF's neighbours by router ID: state, interface and address. NAPALM has no such getter."""
    return getters.ospf_states(driver._shown("show ip ospf vrf all neighbor json"))
