"""A made-up day of the telephone system's log, as large as wanted, always the same."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADER = ("id", "time", "callid", "queuename", "agent", "event", "data1", "data2")
START = datetime(2026, 3, 2, tzinfo=UTC)
Line = tuple[datetime, str, str, str, str]


def write_log(path: Path, events: int, seed: int = 1) -> None:
    """A queue_log of exactly so many events: calls answered, rung elsewhere first, abandoned."""
    lines: list[Line] = []
    chance, at, number = random.Random(seed), START, 0
    while len(lines) < events:
        number += 1
        at += timedelta(seconds=chance.uniform(0, 8))
        lines += _call(f"{at.timestamp():.0f}.{number}", at, chance)
    lines = sorted(lines[:events])
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for sequence, (at, call, agent, event, caller) in enumerate(lines, 1):
            writer.writerow((sequence, at.isoformat(), call, "citizen", agent, event, "", caller))


def _call(call: str, at: datetime, chance: random.Random) -> list[Line]:
    caller = f"139{chance.randrange(10**8):08d}" if chance.random() < 0.9 else "anonymous"
    seat, other = (f"PJSIP/{8000 + chance.randint(1, 72)}" for _ in range(2))
    lines: list[Line] = [(at, call, "NONE", "ENTERQUEUE", caller)]
    if chance.random() < 0.1:
        lines.append((at + timedelta(seconds=4), call, other, "RINGNOANSWER", ""))
    taken = at + timedelta(seconds=9)
    if chance.random() < 0.05:
        return [*lines, (taken, call, "NONE", "ABANDON", "")]
    lines.append((taken, call, seat, "CONNECT", ""))
    over = taken + timedelta(seconds=chance.uniform(20, 300))
    return [*lines, (over, call, seat, "COMPLETECALLER", "")]
