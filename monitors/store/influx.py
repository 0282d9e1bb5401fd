"""The metric store in InfluxDB, by the API that its generations 1, 2 and 3 share.

``/write`` in line protocol and ``/query`` in InfluxQL; explicit ``epoch``, zone and calendar
arithmetic on our side. Generations 2 and 3 want a token; databases and how long they keep values
are made by InfluxQL in generation 1 alone.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError, InfluxDBServerError
from influxdb.line_protocol import quote_ident, quote_literal
from influxdb.resultset import ResultSet

from monitors.samples import Sample, Tags
from monitors.store.instants import MICROSECOND, instant, microseconds
from monitors.store.line_protocol import line_of
from monitors.store.protocol import (
    Point,
    StoreRefused,
    StoreUnavailable,
    Written,
    is_storable,
)

log = logging.getLogger(__name__)

LINES_PER_REQUEST = 5_000
TIMEOUT_S = 5
POISON_CODES = {400, 413, 422}
"""The request itself is at fault; anything else is the server's or the account's state."""


@dataclass(frozen=True, slots=True)
class InfluxAccount:
    """How we identify ourselves; a token (generations 2 and 3) goes before name and password."""

    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_certificate: bool | Path = True
    """False, or a file with the authorities to trust instead of the system's."""


class _TokenAuth(requests.auth.AuthBase):
    """``Authorization: Token ...``, which 2.x wants and 3 takes as it takes Bearer."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._token}"
        return request


class InfluxMetricStore:
    """A :class:`MetricStore` in one InfluxDB database, which is created if need be."""

    def __init__(self, url: str, database: str, account: InfluxAccount | None = None) -> None:
        """``url`` such as ``http://127.0.0.1:8086``. Nothing is sent before the first call."""
        parts, account = urlsplit(url), account or InfluxAccount()
        if parts.username is not None or parts.password is not None:
            raise ValueError("name and password of InfluxDB are settings of their own, not its URL")
        if parts.hostname is None:
            raise ValueError(f"InfluxDB address {url!r} names no host, as in http://host:8086")
        self._database = database
        self._database_exists = False
        self._retains: timedelta | None = None
        self._session = requests.Session()
        if account.token is not None:
            # By the session, not as a header: a .netrc would replace that.
            self._session.auth = _TokenAuth(account.token)
        verify = account.verify_certificate
        self._client = InfluxDBClient(
            host=parts.hostname,
            port=parts.port or 8086,
            path=parts.path,
            ssl=parts.scheme == "https",
            verify_ssl=str(verify) if isinstance(verify, Path) else verify,
            username=account.username if account.token is None else None,
            password=account.password if account.token is None else None,
            database=database,
            timeout=TIMEOUT_S,
            retries=1,
            gzip=False,
            session=self._session,
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
        rows = self._select(f"last({quote_ident(field)})", measurement, tags)
        return next((Point(instant(row["time"]), row["value"]) for row in rows), None)

    def last_of_each(self, measurement: str, field: str) -> Mapping[Tags, Point]:
        selection = f"last({quote_ident(field)}) AS value"
        found = self.query(
            f"SELECT {selection} FROM {quote_ident(measurement)} GROUP BY *"  # noqa: S608
        )
        return {
            present_tags(tags): Point(instant(row["time"]), row["value"])
            for (_, tags), rows in found.items()
            for row in rows
        }

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
        selection = quote_ident(field)
        if step is None:
            rows = self._select(selection, measurement, tags, span)
        else:
            buckets = f"time({step // MICROSECOND}u), "
            rows = self._select(f"mean({selection})", measurement, tags, span, buckets)
        return [Point(instant(row["time"]), row["value"]) for row in rows]

    def retain(self, keep: timedelta, newest: datetime) -> None:  # noqa: ARG002 - by its clock
        """By the default retention policy, which the server keeps to; by its clock, not ours.

        Only generation 1 has them in InfluxQL. Raises StoreRefused elsewhere, and where the account
        may not: then the bucket's or the database's retention is for an administrator to set.
        """
        if keep == self._retains:
            return
        seconds = max(3600, int(keep.total_seconds()))  # the server takes an hour at least
        with _translated_errors():
            self._ensure_database()
            try:
                policy = self._default_policy()
                self._client.query(
                    f"ALTER RETENTION POLICY {quote_ident(policy)} ON {quote_ident(self._database)}"
                    f" DURATION {seconds}s SHARD DURATION {_shard(seconds)}",
                    method="POST",
                )
            except InfluxDBClientError as error:
                if "database not found" in str(error):
                    self._database_exists = False
                    raise StoreUnavailable(f"InfluxDB: {error}") from error
                raise StoreRefused(
                    f"InfluxDB keeps {self._database!r} for as long as its own retention says; "
                    f"set it there to {seconds // 3600} h: {error}"
                ) from error
        self._retains = keep

    def close(self) -> None:
        self._client.close()

    def _ensure_database(self) -> None:
        """Generation 1 creates it; elsewhere, or without the right to, it is there or it is not.

        Which of both the first write tells.
        """
        if self._database_exists:
            return
        try:
            self._client.create_database(self._database)
        except InfluxDBClientError as error:
            log.info("database %r is not made by us: %s", self._database, error)
        self._database_exists = True

    def _default_policy(self) -> str:
        found = self._client.get_list_retention_policies(self._database)
        name: str = next((policy["name"] for policy in found if policy.get("default")), "autogen")
        return name

    def _write_lines(self, lines: Sequence[str]) -> Written:
        """Write; a batch that is refused is halved until the poison lines stand alone."""
        try:
            self._client.write(
                list(lines), params={"db": self._database, "precision": "u"}, protocol="line"
            )
        except InfluxDBClientError as error:
            if error.code == 404:
                self._database_exists, self._retains = False, None
            if error.code not in POISON_CODES:
                raise
            if len(lines) == 1:
                return Written(0, 1)
            middle = len(lines) // 2
            return self._write_lines(lines[:middle]) + self._write_lines(lines[middle:])
        return Written(len(lines), 0)

    def _select(
        self, selection: str, measurement: str, tags: Tags, span: str = "", buckets: str = ""
    ) -> list[dict[str, Any]]:
        """Rows of the one series with exactly these tags: ``time`` and ``value``."""
        return self.rows(f"{selection} AS value", measurement, tags, span, buckets)

    def rows(
        self, selections: str, measurement: str, tags: Tags, span: str = "", buckets: str = ""
    ) -> list[dict[str, Any]]:
        """Rows of the one series with exactly these tags; ``selections`` and ``span`` in InfluxQL.

        A condition on tags holds for every series that has more of them as well, so the answer is
        asked for by series, and the others left out.
        """
        terms = [f"{quote_ident(key)} = {quote_literal(value)}" for key, value in tags]
        where = " AND ".join([*terms, span] if span else terms)
        found = self.query(
            f"SELECT {selections} FROM {quote_ident(measurement)}"  # noqa: S608
            f"{' WHERE ' if where else ''}{where} GROUP BY {buckets}*"
            f"{' fill(none)' if buckets else ''}"
        )
        wanted = tuple(sorted(tags))
        return [
            row for (_, has), rows in found.items() if present_tags(has) == wanted for row in rows
        ]

    def query(self, query: str, method: str = "GET") -> ResultSet:
        """Rows by series, instants in microseconds. Raises StoreRefused for a wrong query."""
        with _translated_errors():
            self._ensure_database()
            try:
                return self._client.query(query, epoch="u", method=method)
            except InfluxDBClientError as error:
                if error.code is None or error.code in POISON_CODES:
                    raise StoreRefused(f"InfluxDB: {error}") from error
                raise


def present_tags(tags: Mapping[str, str] | None) -> Tags:
    """The tags of a series; those that it lacks are listed as empty."""
    return tuple(sorted((key, text) for key, text in (tags or {}).items() if text))


def _shard(retained_s: int) -> str:
    """How much time a shard holds: as the server chooses by itself for a new policy.

    A whole shard is dropped at once, and it may not hold more than is retained.
    """
    return "1h" if retained_s < 2 * 86_400 else "1d"


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, InfluxDBServerError, InfluxDBClientError) as error:
        raise StoreUnavailable(f"InfluxDB: {error}") from error
