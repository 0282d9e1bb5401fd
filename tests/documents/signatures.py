"""Three dispatched orders, for the how-to's example: run in the copy that was changed."""

from datetime import datetime

from sqlalchemy import update

from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.callbacks.model import CallbackOutcome
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.kernel.database import migrate, open_database
from ops_core.kernel.settings import load_settings
from tests.ops_core_kpi.stored import SHANGHAI, Callback, store_orders

DISPATCHED = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
"""A Monday: one working day ends with Tuesday."""
SIGNED = {
    "W-1": datetime(2026, 3, 3, 23, 59, 59, tzinfo=SHANGHAI),
    "W-2": datetime(2026, 3, 4, 0, 0, 1, tzinfo=SHANGHAI),
    "W-3": None,
}


def main() -> None:
    """Store them in this installation's database."""
    database = open_database(load_settings())
    migrate(database.engine, TABLE_MODULES)
    called = [Callback(DISPATCHED, CallbackOutcome.REACHED, DISPATCHED)]
    with database.transaction() as session:
        store_orders(session, [(number, 1, called) for number in SIGNED])
        for number, signed_at in SIGNED.items():
            order = update(WorkOrderRow).where(WorkOrderRow.number == number)
            session.execute(order.values(first_dispatched_at=DISPATCHED, signed_at=signed_at))
    database.close()


if __name__ == "__main__":
    main()
