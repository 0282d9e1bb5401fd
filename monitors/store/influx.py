"""The metric store in InfluxDB, by the API that its generations 1, 2 and 3 share.

``/write`` in line protocol and ``/query`` in InfluxQL; explicit ``epoch``, zone and calendar
arithmetic on our side.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests
from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError
from influxdb.line_protocol import quote_ident, quote_literal
from influxdb.resultset import ResultSet

from monitors.samples import FieldValue, Sample, Tags
from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.protocol import (
    Point,
    StoreRefused,
    StoreUnavailable,
    Written,
    is_storable,
)

LINES_PER_REQUEST = 5_000
TIMEOUT_S = 5
POISON_CODES = {400, 413, 422}
"""The request itself is at fault; anything else is the server's or the account's state."""


class InfluxMetricStore:
    """A :class:`MetricStore` in one InfluxDB database, which is created if need be."""

    def __init__(
        self, url: str, database: str, username: str | None = None, password: str | None = None
    ) -> None:
        """``url`` such as ``http://127.0.0.1:8086``. Nothing is sent before the first call."""
        parts = urlsplit(url)
        if parts.hostname is None:
            raise ValueError(f"InfluxDB address {url!r} names no host, as in http://host:8086")
        self._database = database
        self._database_exists = False
        self._client = InfluxDBClient(
            host=parts.hostname,
            port=parts.port or 8086,
            path=parts.path,
            ssl=parts.scheme == "https",
            verify_ssl=parts.scheme == "https",
            username=username,
            password=password,
            database=database,
            timeout=TIMEOUT_S,
            retries=1,
            gzip=False,
        )

    def write(self, samples: Sequence[Sample]) -> Written:
        lines = [line_of(sample) for sample in samples if is_storable(sample)]
        written = Written(0, len(samples) - len(lines))
        if not lines:
            return written
        with _translated_errors():
            self._ensure_database()
            for start in range(0, len(lines), LINES_PER_REQUEST):
                written += self._write_lines(lines[start : start + LINES_PER_REQUEST])
        return written

    def last(self, measurement: str, tags: Tags, field: str) -> Point | None:
        rows = self._select(f"last({quote_ident(field)})", measurement, _where(tags))
        return next((Point(instant(row["time"]), row["value"]) for row in rows), None)

    def last_of_each(self, measurement: str, field: str) -> Mapping[Tags, Point]:
        selection = f"last({quote_ident(field)}) AS value"
        found = self._query(
            f"SELECT {selection} FROM {quote_ident(measurement)} GROUP BY *"  # noqa: S608
        )
        newest: dict[Tags, Point] = {}
        for (_, tags), rows in found.items():
            for row in rows:
                # A tag that this series lacks is listed as empty.
                present = tuple(sorted((key, text) for key, text in tags.items() if text))
                newest[present] = Point(instant(row["time"]), row["value"])
        return newest

    def series(
        self,
        measurement: str,
        tags: Tags,
        field: str,
        start: datetime,
        end: datetime,
        step: timedelta | None = None,
    ) -> list[Point]:
        span = f"time >= {microseconds(start)}u AND time < {microseconds(end)}u"
        where = f"{_where(tags)} AND {span}" if tags else f" WHERE {span}"
        selection = quote_ident(field)
        if step is not None:
            selection = f"mean({selection})"
            where += f" GROUP BY time({step // MICROSECOND}u) fill(none)"
        rows = self._select(selection, measurement, where)
        return [Point(instant(row["time"]), row["value"]) for row in rows]

    def forget(self, before: datetime) -> None:
        self._query(f"DELETE WHERE time < {microseconds(before)}u", method="POST")

    def close(self) -> None:
        self._client.close()

    def _ensure_database(self) -> None:
        if not self._database_exists:
            self._client.create_database(self._database)
            self._database_exists = True

    def _write_lines(self, lines: Sequence[str]) -> Written:
        """Write; a batch that is refused is halved until the poison lines stand alone."""
        try:
            self._client.write(
                list(lines), params={"db": self._database, "precision": "u"}, protocol="line"
            )
        except InfluxDBClientError as error:
            if error.code == 404:
                self._database_exists = False
            if error.code not in POISON_CODES:
                raise
            if len(lines) == 1:
                return Written(0, 1)
            middle = len(lines) // 2
            return self._write_lines(lines[:middle]) + self._write_lines(lines[middle:])
        return Written(len(lines), 0)

    def _select(self, selection: str, measurement: str, where: str) -> list[dict[str, int]]:
        query = f"SELECT {selection} AS value FROM {quote_ident(measurement)}{where}"  # noqa: S608
        return list(self._query(query).get_points())

    def _query(self, query: str, method: str = "GET") -> ResultSet:
        with _translated_errors():
            self._ensure_database()
            try:
                return self._client.query(query, epoch="u", method=method)
            except InfluxDBClientError as error:
                if error.code is None or error.code in POISON_CODES:
                    raise StoreRefused(f"InfluxDB: {error}") from error
                raise


def line_of(sample: Sample) -> str:
    """The sample in line protocol, time in microseconds. The sample must be storable.

    The client's own ``make_line`` doubles backslashes in tags, which the server then keeps.
    """
    tags = "".join(f",{_escaped(key)}={_escaped(value)}" for key, value in sample.tags)
    fields = ",".join(f"{_escaped(key)}={_literal(value)}" for key, value in sample.fields.items())
    measurement = sample.measurement.replace(",", "\\,").replace(" ", "\\ ")
    return f"{measurement}{tags} {fields} {microseconds(sample.at)}"


def _escaped(text: str) -> str:
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _literal(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _where(tags: Tags) -> str:
    if not tags:
        return ""
    terms = (f"{quote_ident(key)} = {quote_literal(value)}" for key, value in tags)
    return " WHERE " + " AND ".join(terms)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, InfluxDBServerError, InfluxDBClientError) as error:
        raise StoreUnavailable(f"InfluxDB: {error}") from error
