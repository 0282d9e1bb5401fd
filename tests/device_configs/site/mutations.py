"""Ways to spoil a declaration: bytes, lines, values and structures, driven by a seed."""

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parents[3] / "inventory"
FILES = tuple(sorted(path.name for path in SHIPPED.iterdir() if path.is_file()))
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    11,
    2**40,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    " ",
    "no",
    "on",
    "~",
    "011",
    "1_000",
    "12:30",
    "2026-06-31",
    "2026-01-01",
    "9" * 5000,
    "a" * 5000,
    "rt-a-abcdefghijklmn",
    "sw$(id)",
    "../x",
    "/etc/passwd",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\0b",
    'a"b',
    "a'b",
    "a`id`b",
    "a;reboot",
    "a?b",
    "a b",
    "#",
    "!",
    "-",
    "--",
    "a--b",
    "x/y",
    ":",
    "rack:",
    "*",
    "\u200b",
    "\u202etxt",
    "\U0001f600",
    "１２３",
    "张三",
    "10.20.1.0",
    "10.20.1.0/33",
    "10.20.1.1/24",
    "0.0.0.0/0",
    "255.255.255.255",
    "::1",
    "10.20.1.300",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    ["a", "b"],
    {"name": "x"},
    "frr",
    "huawei_vrp",
    "rt-a",
    "seats-1",
    "egov",
    "management",
    "P1D",
    "-P1D",
    "PT0S",
    "99999-01-01",
)
RAW: tuple[bytes, ...] = (
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xd6\xd0",
    b"\t",
    b"\r",
    b"\n",
    b"\x0b",
    b"\x85",
    b":",
    b"- ",
    b"? ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"&a ",
    b"*a ",
    b"<<: *a\n",
    b"!!python/object:os.system x",
    b"!!binary x",
    b"---\n",
    b"...\n",
    b"%YAML 9.9\n",
    b"#",
    b"'",
    b'"',
    b"|",
    b">",
    b"@",
    b"`",
    b",",
    b'"',
    b"[" * 3000,
    b"0x1F",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b'"\\ud800"',
    b"!!set {a}",
    b"!!timestamp x",
    b"= ",
    b"<<: 1\n",
)


def spoil(folder: Path, seed: int) -> str:
    """Spoil one file of a declaration; says what was done. The same seed does the same."""
    chance = random.Random(seed)
    file = chance.choice(FILES)
    how = chance.choice((_bytes, _lines, _values, _values, _values, _structure))
    path = folder / file
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        path.write_bytes(how(path.read_bytes(), chance))
    return f"seed {seed}: {how.__name__} of {file}"


def _bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    more = chance.randrange(4)
    piece = chance.choice(RAW)
    return data[:at] + piece + data[at + more :]


def _lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at = chance.randrange(len(lines))
    act = chance.randrange(5)
    if act == 0:
        del lines[at]
    elif act == 1:
        lines.insert(at, lines[chance.randrange(len(lines))])
    elif act == 2:
        lines[at] = b" " * chance.randrange(9) + lines[at].lstrip()
    elif act == 3:
        lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    else:
        lines = lines[: at + 1]
    return b"".join(lines)


def _values(data: bytes, chance: random.Random) -> bytes:
    return _edited(data, chance, _replace_leaf)


def _structure(data: bytes, chance: random.Random) -> bytes:
    return _edited(data, chance, _rearrange)


def _edited(
    data: bytes, chance: random.Random, edit: Callable[[Any, random.Random], None]
) -> bytes:
    try:
        document = yaml.load(data, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return _bytes(data, chance)
    if not isinstance(document, dict | list):
        return _cells(data, chance)
    edit(document, chance)
    try:
        return yaml.dump(document, Dumper=yaml.SafeDumper, allow_unicode=True).encode(
            "utf-8", "surrogatepass"
        )
    except (yaml.YAMLError, ValueError):
        return data


def _cells(data: bytes, chance: random.Random) -> bytes:
    """Of a table: one cell."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[chance.randrange(len(cells))] = str(chance.choice(HOSTILE)).encode()
    lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _walk(document: Any, chance: random.Random) -> tuple[Any, Any]:
    """A container and a key of it, reached by a random way."""
    here = document
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return here, None
        key = chance.choice(keys)
        below = here[key]
        if not isinstance(below, dict | list) or not below or chance.random() < 0.15:
            return here, key
        here = below


def _replace_leaf(document: Any, chance: random.Random) -> None:
    holder, key = _walk(document, chance)
    if key is not None:
        holder[key] = copy.deepcopy(chance.choice(HOSTILE))


def _rearrange(document: Any, chance: random.Random) -> None:
    holder, key = _walk(document, chance)
    if key is None:
        return
    other, taken = _walk(document, chance)
    act = chance.randrange(4)
    if act == 0:
        del holder[key]
    elif act == 1 and taken is not None:
        holder[key] = copy.deepcopy(other[taken])
    elif act == 2 and isinstance(holder, dict):
        holder[chance.choice(("x", "no", "name", "", "a b", "../x", 7, None))] = holder.pop(key)
    elif isinstance(holder, list):
        holder.insert(0, copy.deepcopy(holder[key]))
