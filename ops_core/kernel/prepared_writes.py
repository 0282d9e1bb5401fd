"""Inserts and updates whose text is put together once, for the commands that come all day.

Of what SQLAlchemy does for a statement each time it is given, most is to find out again what does
not change: its text, the order of its parameters, how each is converted. Here that is found out
once for a database; what is left is to convert the values and to hand both to the connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Insert, Update

Values = Mapping[str, object]
"""By the names of a statement's parameters; further members are left alone."""
_LEFT_OPEN = "__[POSTCOMPILE"
"""What SQLAlchemy writes where a text depends on the values."""


class PreparedWrite:
    """An insert or update that returns nothing, of any database of the two.

    Everything that is stored stands in the statement, or in ``columns``, which an insert without
    values of its own names; defaults in Python are none of a statement's. Safe to share.
    """

    def __init__(self, write: Insert | Update, columns: Sequence[str] | None = None) -> None:
        self._write, self._columns = write, columns
        self._by_dialect: WeakKeyDictionary[Dialect, _WrittenOut] = WeakKeyDictionary()

    def execute(self, connection: Connection, values: Values | Sequence[Values]) -> None:
        """Write, once for each set of values.

        Raises KeyError for a value that is not given, ValueError for one that cannot be stored.
        """
        written_out = self._by_dialect.get(connection.dialect)
        if written_out is None:
            written_out = _write_out(self._write, self._columns, connection.dialect)
            self._by_dialect[connection.dialect] = written_out
        connection.exec_driver_sql(
            written_out.text,
            written_out.parameters(values),
            execution_options=self._write.get_execution_options(),
        )


@dataclass(frozen=True, slots=True)
class _WrittenOut:
    """A statement as one driver takes it: its text, and how its parameters come about."""

    text: str
    conversions: Sequence[tuple[str, Callable[[Any], Any] | None]]
    fixed: Values
    """Parameters that stand in the statement itself."""
    is_positional: bool

    def parameters(self, values: Values | Sequence[Values]) -> Any:
        of_one = self._by_place if self.is_positional else self._by_name
        return of_one(values) if isinstance(values, Mapping) else list(map(of_one, values))

    def _by_place(self, values: Values) -> tuple[object, ...]:
        values = {**self.fixed, **values} if self.fixed else values
        return tuple(
            [
                values[name] if convert is None else convert(values[name])
                for name, convert in self.conversions
            ]
        )

    def _by_name(self, values: Values) -> dict[str, object]:
        values = {**self.fixed, **values} if self.fixed else values
        return {
            name: values[name] if convert is None else convert(values[name])
            for name, convert in self.conversions
        }


def _write_out(
    write: Insert | Update, columns: Sequence[str] | None, dialect: Dialect
) -> _WrittenOut:
    compiled: Any = write.compile(dialect=dialect, column_keys=columns)
    if _LEFT_OPEN in compiled.string or compiled.insert_prefetch or compiled.update_prefetch:
        raise ValueError(f"not all that is stored stands in the statement: {compiled.string}")
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    return _WrittenOut(
        compiled.string,
        [(name, _conversion(compiled.binds[name].type, dialect)) for name in names],
        {name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        compiled.positional,
    )


def _conversion(of_type: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    convert: Callable[[Any], Any] | None = of_type.dialect_impl(dialect).bind_processor(dialect)
    return convert
