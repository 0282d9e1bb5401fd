"""What a statement was given never stands in the error that it raises, nor in the log."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ops_core.kernel.database import Database

CANARY = "13800138000"


def test_an_error_of_the_database_does_not_repeat_its_parameters(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DBAPIError) as refused, database.transaction() as session:
        session.execute(text("INSERT INTO no_such_table VALUES (:phone)"), {"phone": CANARY})
    assert CANARY not in str(refused.value)
    assert CANARY not in caplog.text
