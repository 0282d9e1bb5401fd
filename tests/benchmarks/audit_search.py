"""``python -m tests.benchmarks.audit_search [--entries N]``: pages of a long audit log, on SQLite.

Each page is the newest of what is sought; ``whole`` looks through the whole log for it, as one page
did that nothing bounded.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import cast

from sqlalchemy import Table, create_engine, insert
from sqlalchemy.orm import Session

from ops_core.kernel.audit import read_audit, search_audit
from ops_core.kernel.tables import AuditEntryRow

_ENTRIES = cast(Table, AuditEntryRow.__table__)
START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH, PAGE, ASKED = 10_000, 100, 9
SOUGHT = {"nothing": "", "a frequent person": "agent.07", "what stands nowhere": "nobody.at.all"}


def entry(number: int) -> dict[str, object]:
    return {
        "position": number,
        "at": START + timedelta(seconds=number),
        "actor": f"agent.{number % 40:02}",
        "action": "order.reply" if number % 3 else "CaseRecorded",
        "subject_type": "order",
        "subject_id": f"W-2026{number % 12 + 1:02}{number % 28 + 1:02}-{number % 99_999:05}",
        "detail": f'{{"hash":"{number:064x}","version":3}}',
        "previous_hash": f"{number - 1:064x}",
        "hash": f"{number:064x}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'audit.db'}")
        _ENTRIES.create(engine)
        with engine.begin() as connection:
            for first in range(1, entries + 1, BATCH):
                batch = range(first, min(first + BATCH, entries + 1))
                connection.execute(insert(_ENTRIES), list(map(entry, batch)))
        for what, words in SOUGHT.items():
            whole, page = [], []
            for _ in range(ASKED):
                with Session(engine) as session:
                    began = time.perf_counter()
                    read_audit(session, PAGE, None, words)
                    between = time.perf_counter()
                    search_audit(session, PAGE, None, words)
                    page.append(1_000 * (time.perf_counter() - between))
                    whole.append(1_000 * (between - began))
            print(f"{entries:,} {what}: whole {median(whole):.0f} ms, page {median(page):.0f} ms")


if __name__ == "__main__":
    main()
