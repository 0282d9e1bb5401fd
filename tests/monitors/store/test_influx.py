"""What InfluxDB's generations ask of us: who we are, certificates, and how long values are kept.

Generation 1 is the real influxd of Debian. Of 2.x and 3 Core there is no package: a server of our
own answers here as their documentation says (InfluxQL without CREATE and ALTER; 401 without a
token), and records what it was sent.
"""

import json
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from monitors.samples import Sample, tags_of
from monitors.store.influx import InfluxMetricStore
from monitors.store.influx_account import InfluxAccount
from monitors.store.protocol import Point, StoreRefused, StoreUnavailable, Written
from monitors.store.writer import MetricWriter
from ops_core.app.platform import open_stores
from ops_core.kernel.settings import Settings
from tests.monitors.store.conftest import InfluxServer

TOKEN, PASSWORD = "the-secret-token==", "the-secret-password"
NOW = datetime.now(UTC)
TAGS = tags_of(agent_host="rt-a")
SAMPLE = Sample("host", TAGS, {"n": 1}, NOW)
KEEP = timedelta(days=3)


@dataclass
class Received:
    """What the server was sent."""

    authorizations: list[str | None] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Generation:
    """How a generation answers what it does not do by InfluxQL."""

    name: str
    status: int
    body: dict[str, object]


UNSUPPORTED = [
    Generation("2.x", 200, {"results": [{"statement_id": 0, "error": "not implemented: CREATE"}]}),
    Generation("3 Core", 400, {"error": "unsupported InfluxQL statement"}),
    Generation("behind a gate", 405, {"error": "method not allowed"}),
]


class Handler(BaseHTTPRequestHandler):
    received: Received
    generation: Generation

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._is_known():
            return
        if urlsplit(self.path).path == "/write":
            self.received.lines += content.decode().splitlines()
            self._answer(204, None)
        else:
            self._query()

    def do_GET(self) -> None:
        if self._is_known():
            self._query()

    def _is_known(self) -> bool:
        sent = self.headers.get("authorization")
        self.received.authorizations.append(sent)
        if sent == f"Token {TOKEN}":
            return True
        self._answer(401, {"error": "unauthorized access"})
        return False

    def _query(self) -> None:
        (statement,) = parse_qs(urlsplit(self.path).query)["q"]
        self.received.statements.append(statement)
        if statement.startswith("SELECT"):
            row = [int(NOW.timestamp() * 1_000_000), 1]
            series = {"name": "host", "tags": dict(TAGS), "columns": ["time", "value"]}
            self._answer(200, {"results": [{"series": [series | {"values": [row]}]}]})
        elif statement.startswith("SHOW RETENTION POLICIES"):
            self._answer(200, {"results": [{"statement_id": 0}]})
        else:
            self._answer(self.generation.status, self.generation.body)

    def _answer(self, status: int, body: dict[str, object] | None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Server:
    """Answers as a generation does, with TLS if it is given a certificate."""

    def __init__(self, generation: Generation, context: ssl.SSLContext | None = None) -> None:
        self.received = Received()
        handler = type("Answers", (Handler,), {"received": self.received, "generation": generation})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(params=UNSUPPORTED, ids=lambda generation: generation.name)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    running = Server(request.param)
    yield running
    running.stop()


def test_a_token_goes_with_every_request_and_no_netrc_replaces_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    store = InfluxMetricStore(server.url, "zhishou", InfluxAccount(token=TOKEN))
    assert store.write([SAMPLE]) == Written(1, 0)
    found = store.last("host", TAGS, "n")
    assert found is not None
    assert found.value == 1
    assert set(server.received.authorizations) == {f"Token {TOKEN}"}
    assert len(server.received.lines) == 1
    store.close()


def test_where_influxql_makes_no_database_it_is_tried_once(server: Server) -> None:
    store = InfluxMetricStore(server.url, "zhishou", InfluxAccount(token=TOKEN))
    for _ in range(3):
        store.write([SAMPLE])
    created = [s for s in server.received.statements if s.startswith("CREATE")]
    assert len(created) == 1
    store.close()


def test_retention_of_a_bucket_is_said_once_and_not_tried_by_the_hour(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    store = InfluxMetricStore(server.url, "zhishou", InfluxAccount(token=TOKEN))
    with pytest.raises(StoreRefused, match="72 h"):
        store.retain(KEEP, NOW)
    server.received.statements.clear()
    writer = MetricWriter(store, keep=KEEP)
    with caplog.at_level(logging.WARNING, "monitors.store"):
        writer.start()
        for hour in range(4):
            at = NOW + timedelta(hours=2 * hour)
            writer.submit([Sample("host", TAGS, {"n": 1}, at)])
            _wait_for_lines(server, hour + 1)
        writer.stop()
    assert len([s for s in server.received.statements if s.startswith("ALTER")]) == 1
    assert len([r for r in caplog.records if "retention" in r.getMessage()]) == 1
    assert not any("DELETE" in statement for statement in server.received.statements)
    store.close()


def _wait_for_lines(server: Server, count: int) -> None:
    pause = threading.Event()
    for _ in range(600):
        if len(server.received.lines) >= count:
            return
        pause.wait(0.05)
    raise AssertionError("not written in time")


def test_a_wrong_token_is_a_store_that_is_away_and_nothing_is_dropped(server: Server) -> None:
    store = InfluxMetricStore(server.url, "zhishou", InfluxAccount(token="wrong"))
    with pytest.raises(StoreUnavailable, match="unauthorized"):
        store.write([SAMPLE])
    store.close()


def test_no_secret_is_in_what_is_printed_or_raised(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("ZHISHOU_INFLUXDB_TOKEN", TOKEN)
    monkeypatch.setenv("ZHISHOU_INFLUXDB_PASSWORD", PASSWORD)
    settings = Settings(state_directory=tmp_path, metrics="influxdb", influxdb_url=server.url)
    stores = open_stores(settings)
    account = InfluxAccount(token=TOKEN, username="writer", password=PASSWORD)
    shown = [repr(settings), str(settings), repr(account), repr(stores), settings.model_dump_json()]
    for used, wrong in ((account, TOKEN), (InfluxAccount(None, "writer", PASSWORD), PASSWORD)):
        store = InfluxMetricStore("http://127.0.0.1:1", "zhishou", used)
        with pytest.raises(StoreUnavailable) as raised:
            store.write([SAMPLE])
        shown += [str(raised.value), repr(raised.value.__cause__), wrong and repr(store)]
    with pytest.raises(ValueError, match="settings of their own") as refused:
        InfluxMetricStore(f"http://writer:{PASSWORD}@127.0.0.1:8086", "zhishou")
    shown += [str(refused.value), caplog.text]
    assert not [text for text in shown if TOKEN in text or PASSWORD in text]
    stores.store.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "metrics")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return file


def test_a_certificate_is_checked_unless_the_settings_say_otherwise(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Server(UNSUPPORTED[0], context)

    def write(verify: bool | Path) -> Written:
        account = InfluxAccount(token=TOKEN, verify_certificate=verify)
        store = InfluxMetricStore(server.url, "zhishou", account)
        try:
            return store.write([SAMPLE])
        finally:
            store.close()

    with pytest.raises(StoreUnavailable, match="certificate"):
        write(verify=True)
    assert server.received.authorizations == [], "no token for a server nobody knows"
    assert write(certificate) == Written(1, 0)
    with pytest.warns(match="certificate verification"):
        assert write(verify=False) == Written(1, 0)
    server.stop()


def test_the_settings_reach_the_store(tmp_path: Path) -> None:
    server = Server(UNSUPPORTED[0])
    stores = open_stores(
        Settings(
            state_directory=tmp_path,
            metrics="influxdb",
            influxdb_url=server.url,
            influxdb_token=TOKEN,
        )
    )
    assert stores.store.write([SAMPLE]) == Written(1, 0)
    stores.store.close()
    server.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """A real influxd that asks who one is, with an administrator and a writer."""
    server = InfluxServer(tmp_path_factory.mktemp("guarded"), auth=True)
    server.start()
    for statement in (
        f"CREATE USER admin WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES",
        f"CREATE USER writer WITH PASSWORD '{PASSWORD}'",
        "CREATE DATABASE given",
        "GRANT ALL ON given TO writer",
    ):
        answer = httpx.post(
            f"{server.url}/query", params={"q": statement}, auth=("admin", PASSWORD)
        )
        answer.raise_for_status()
    yield server
    server.kill()


def policies(server: InfluxServer, database: str) -> dict[str, str]:
    answer = httpx.get(
        f"{server.url}/query",
        params={"q": f"SHOW RETENTION POLICIES ON {database}"},
        auth=("admin", PASSWORD),
    )
    (series,) = answer.json()["results"][0]["series"]
    return {row[0]: row[1] for row in series["values"]}


@pytest.mark.daemon
def test_the_first_generation_keeps_values_by_its_retention_policy(guarded: InfluxServer) -> None:
    account = InfluxAccount(username="admin", password=PASSWORD)
    store = InfluxMetricStore(guarded.url, "made", account)
    store.write([SAMPLE])
    assert policies(guarded, "made") == {"autogen": "0s"}
    for _ in range(2):
        store.retain(KEEP, NOW)
    assert policies(guarded, "made") == {"autogen": "72h0m0s"}
    store.retain(timedelta(days=30), NOW)
    assert policies(guarded, "made") == {"autogen": "720h0m0s"}
    assert store.last("host", TAGS, "n") == Point(SAMPLE.at, 1)
    assert store.write([Sample("host", TAGS, {"n": 2}, NOW - timedelta(days=40))]) == Written(0, 1)
    store.close()


@pytest.mark.daemon
def test_an_account_that_may_only_write_does_so_and_says_that_retention_is_not_ours(
    guarded: InfluxServer,
) -> None:
    store = InfluxMetricStore(
        guarded.url, "given", InfluxAccount(username="writer", password=PASSWORD)
    )
    assert store.write([SAMPLE]) == Written(1, 0)
    with pytest.raises(StoreRefused, match="retention"):
        store.retain(KEEP, NOW)
    assert policies(guarded, "given") == {"autogen": "0s"}
    store.close()


@pytest.mark.daemon
def test_nobody_is_let_in_without_a_name(guarded: InfluxServer) -> None:
    store = InfluxMetricStore(guarded.url, "given")
    with pytest.raises(StoreUnavailable, match="auth"):
        store.write([SAMPLE])
    store.close()
