"""Three orders from the web, for the how-to's example: run in the copy that was changed."""

from datetime import datetime

from sqlalchemy import update

from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.cases.tables import CaseRow
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.settings import load_settings
from tests.ops_core_kpi.stored import SHANGHAI, Callback, store_orders

RECEIVED = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
"""A Monday: one working day ends with Tuesday."""
ANSWERED = {
    "W-1": datetime(2026, 3, 3, 23, 59, 59, tzinfo=SHANGHAI),
    "W-2": datetime(2026, 3, 4, 0, 0, 1, tzinfo=SHANGHAI),
    "W-3": None,
}


def main() -> None:
    """Store them in this installation's database."""
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    called = [Callback(RECEIVED, CallbackOutcome.REACHED, RECEIVED)]
    with database.transaction() as session:
        store_orders(session, [(number, 1, called) for number in ANSWERED])
        session.execute(update(CaseRow).values(received_at=RECEIVED))
        for number, answered_at in ANSWERED.items():
            order = WorkOrderRow.number == number
            session.execute(update(WorkOrderRow).where(order).values(approved_at=answered_at))
    database.close()


if __name__ == "__main__":
    main()
