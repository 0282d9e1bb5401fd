"""Replies the kernel dropped because nobody read them in time, from its table of UDP sockets."""

from pathlib import Path

TABLE = Path("/proc/thread-self/net/udp")
"""Of the network namespace in which the calling thread stands."""
REMOTE, DROPS = 2, -1


def drops_from(table: str, remote_port: int) -> int:
    """Drops of all sockets connected to this port anywhere (proc(5): the table's last column)."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return sum(
        int(row[DROPS])
        for row in rows
        if len(row) > REMOTE and int(row[REMOTE].partition(":")[2], 16) == remote_port
    )


def read_drops(remote_port: int) -> int | None:
    """The same of the calling thread's namespace now; None where there is no such table."""
    try:
        return drops_from(TABLE.read_text("ascii"), remote_port)
    except (OSError, ValueError):
        return None
