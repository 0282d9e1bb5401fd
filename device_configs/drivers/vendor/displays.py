"""What ``display`` commands of VRP and Comware print, read into NAPALM's values. Pure.

Formats are those of the vendors' public references; where the families differ, both are read.
Nobody here has seen a real box.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from napalm.base import models

_UPTIME_UNITS = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}
_MAC = re.compile(r"\b([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})\b")
_LEVELS = {"network-admin": 15, "level-15": 15, "network-operator": 1}


def facts(version: str, hostname: str, serial: str, interfaces: list[str]) -> models.FactsDict:
    """From ``display version``; what it does not say is "unknown", the uptime -1."""
    vendor = "H3C" if "Comware" in version else "Huawei"
    software = re.search(r"Version ([^,\s]+)(?: \((.+?)\)|, Release (\S+))?", version)
    found = re.search(
        r"^(?:HUAWEI|Huawei|Quidway|H3C) (.+?)(?: Router)? uptime is (.+)$", version, re.M
    )
    detail = next((part for part in software.groups()[1:] if part), "") if software else ""
    return {
        "vendor": vendor,
        "model": found.group(1) if found else "unknown",
        "os_version": f"{software.group(1)} {detail}".strip() if software else "unknown",
        "serial_number": serial,
        "hostname": hostname,
        "fqdn": hostname,
        "uptime": _seconds(found.group(2)) if found else -1.0,
        "interface_list": interfaces,
    }


def _seconds(text: str) -> float:
    parts = re.findall(r"(\d+) (week|day|hour|minute|second)", text)
    return float(sum(int(count) * _UPTIME_UNITS[unit] for count, unit in parts))


def serial_number(shown: str) -> str:
    """From ``display esn`` or ``display device manufacture-info``; "" where it says none."""
    found = re.search(r"(?:ESN of \w+|BarCode|DEVICE_SERIAL_NUMBER)[^:=\n]*[:=] *([\w-]+)", shown)
    return found.group(1) if found else ""


def link_states(shown: str) -> dict[str, tuple[bool, bool]]:
    """From ``display interface brief``: (enabled, up) by the name as it is printed."""
    found: dict[str, tuple[bool, bool]] = {}
    for line in shown.splitlines():
        words = line.split()
        if len(words) < 3 or not re.fullmatch(r"[A-Za-z][\w-]*\d[\d/.:]*(?:\(\w+\))?", words[0]):
            continue
        physical = words[1].lower()
        if not re.match(r"\*?(up|down|adm|stby)", physical):
            continue
        # VRP: *down is shut by command. Comware: ADM in the link column.
        enabled = not (physical.startswith("*") or physical == "adm")
        found[words[0].split("(")[0]] = (enabled, physical.startswith("up"))
    return found


def interface_addresses(shown: str) -> Iterator[tuple[str, str, int]]:
    """From ``display ip interface brief``: interface, address, prefix length (-1: not said)."""
    for line in shown.splitlines():
        found = re.match(r"^(\S+)\s+(\d+\.\d+\.\d+\.\d+)/(\d+)\s", line)
        if found:
            yield found.group(1), found.group(2), int(found.group(3))
            continue
        found = re.match(
            r"^(\S+)\s+\*?\w+(?:\(\w\))?\s+\*?\w+(?:\(\w\))?\s+(\d+\.\d+\.\d+\.\d+)\s", line
        )
        if found:
            yield found.group(1), found.group(2), -1


def arp_table(shown: str) -> list[models.ARPTableDict]:
    """From ``display arp``; the age in minutes as printed, -1.0 where it is none."""
    found: list[models.ARPTableDict] = []
    for line in shown.splitlines():
        words = line.split()
        if len(words) < 4 or not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", words[0]):
            continue
        mac = _MAC.search(line)
        if mac is None:
            continue
        rest = line[mac.end() :].split()
        interface = next((w for w in rest if re.match(r"(?![A-Z]-\d)[A-Za-z][\w-]*\d", w)), "")
        age = next((w for w in rest if w.isdigit()), "")
        found.append(
            {
                "interface": interface,
                "mac": mac_text(mac.group()),
                "ip": words[0],
                "age": float(age) if age and "S" not in rest[-1:] else -1.0,
            }
        )
    return found


def mac_text(shown: str) -> str:
    """0011-2233-4455 as 00:11:22:33:44:55."""
    digits = shown.replace("-", "").upper()
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def lldp_neighbors(shown: str) -> dict[str, list[dict[str, str]]]:
    """From VRP's ``display lldp neighbor brief`` or Comware's ``... neighbor-information list``."""
    found: dict[str, list[dict[str, str]]] = {}
    for line in shown.splitlines():
        words = line.split()
        if len(words) < 4 or not re.match(r"[A-Z][\w-]*\d+[\d/.]*$", words[0]):
            if (
                len(words) >= 4
                and re.match(r"[A-Z][\w-]*\d+[\d/.]*$", words[1])
                and _MAC.search(line)
            ):
                # Comware: system name, local interface, chassis, port.
                found.setdefault(words[1], []).append({"hostname": words[0], "port": words[3]})
            continue
        if _MAC.fullmatch(words[1]):
            # Comware 7: local interface, chassis, port, system name.
            found.setdefault(words[0], []).append({"hostname": words[3], "port": words[2]})
        elif words[-1].isdigit():
            # VRP 5: local, neighbour, its interface, hold time.
            found.setdefault(words[0], []).append({"hostname": words[1], "port": words[2]})
        elif words[1].isdigit():
            # VRP 8: local, hold time, its interface, neighbour.
            found.setdefault(words[0], []).append({"hostname": words[3], "port": words[2]})
    return found


def users(configuration: str) -> dict[str, models.UsersDict]:
    """The local accounts of a configuration; passwords are never given, only that there are keys.

    Level 15 is the most: VRP's ``privilege level 15``, Comware's ``network-admin``.
    """
    found: dict[str, models.UsersDict] = {}
    current = ""
    for line in configuration.splitlines():
        words = line.split()
        match words:
            case ["local-user", name, *rest]:
                current = name
                user = found.setdefault(name, {"level": 0, "password": "", "sshkeys": []})
                if "level" in rest and rest[-1].isdigit():
                    user["level"] = min(15, int(rest[-1]))
            case ["manager-user", name, *_]:
                current = name
                found.setdefault(name, {"level": 0, "password": "", "sshkeys": []})
            case ["level", level] if current and level.isdigit():
                found[current]["level"] = min(15, int(level))
            case ["authorization-attribute", "user-role", role, *_] if current:
                found[current]["level"] = max(found[current]["level"], _LEVELS.get(role, 1))
            case ["ssh", "user", name, "assign", kind, key] if name in found and "key" in kind:
                found[name]["sshkeys"].append(key)
            case ["#"]:
                current = ""
    return found


def interface_sections(configuration: str) -> dict[str, dict[str, Any]]:
    """What the configuration says of each interface: description, shutdown, mtu, addresses."""
    found: dict[str, dict[str, Any]] = {}
    current: dict[str, Any] | None = None
    for line in configuration.splitlines():
        words = line.split()
        if not line.startswith(" "):
            current = None
            if len(words) >= 2 and words[0] == "interface":
                current = found.setdefault(
                    "".join(words[1:]), {"description": "", "mtu": 1500, "addresses": []}
                )
            continue
        if current is None:
            continue
        match words:
            case ["description", *text]:
                current["description"] = " ".join(text)
            case ["mtu", size] if size.isdigit():
                current["mtu"] = int(size)
            case ["ip", "address", address, mask, *_] if "." in address:
                current["addresses"].append((address, _length(mask)))
            case ["ipv6", "address", address, *rest] if ":" in address:
                host, _, length = address.partition("/")
                current["addresses"].append((host, int(length or (rest or ["128"])[0])))
    return found


def _length(mask: str) -> int:
    if mask.isdigit():
        return int(mask)
    return sum(bin(int(part)).count("1") for part in mask.split("."))
