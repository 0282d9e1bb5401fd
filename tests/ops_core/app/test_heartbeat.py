"""The dead-man heartbeat against a real HTTP server on loopback."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr, ValidationError

from ops_core.app.heartbeat import DeadManHeartbeat, HeartbeatRefused, sender
from ops_core.kernel.clock import FixedClock, SystemClock
from ops_core.kernel.health import Concern, Health
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Workers

AT = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
WHOLE = Health(AT, (), (), ())
BROKEN = Health(AT, (), (), (Concern("worker/alerts", message("停"), is_vital=True),))


class Receiver(HTTPServer):
    """Counts heartbeats and answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.status = 200
        self.came = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ping/secret-word"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        self.server.heard.append(self.path)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", "/elsewhere")
        self.end_headers()
        self.server.came.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(30)


def outcomes(heartbeat: DeadManHeartbeat) -> dict[str, float]:
    return {measure.labels["outcome"]: measure.value for measure in heartbeat.measures()}


def test_it_is_sent_while_we_are_healthy_and_withheld_while_not(receiver: Receiver) -> None:
    health = [WHOLE]
    clock = FixedClock(AT)
    heartbeat = DeadManHeartbeat(SecretStr(receiver.url), 60, lambda: health[0], clock)
    heartbeat.send(sender())
    health[0] = BROKEN
    heartbeat.send(sender())
    assert receiver.heard == ["/ping/secret-word"]
    assert outcomes(heartbeat) == {"delivered": 1, "failed": 0, "withheld": 1}


@pytest.mark.parametrize("trouble", ["refused", "status", "redirect"])
def test_a_failed_delivery_is_counted_said_and_never_names_the_address(
    receiver: Receiver, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FixedClock(AT)
    url = "http://127.0.0.1:1/ping/secret-word" if trouble == "refused" else receiver.url
    receiver.status = 302 if trouble == "redirect" else 500
    heartbeat = DeadManHeartbeat(SecretStr(url), 60, lambda: WHOLE, clock)
    with pytest.raises(HeartbeatRefused) as refused:
        heartbeat.send(sender())
    assert "secret-word" not in str(refused.value)
    assert outcomes(heartbeat)["failed"] == 1
    assert heartbeat.concerns(clock.now()) == []
    clock.advance(timedelta(seconds=181))
    assert [concern.key for concern in heartbeat.concerns(clock.now())] == ["heartbeat/undelivered"]


def test_the_worker_goes_on_after_a_failure_and_logs_no_secret(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status = 503
    heartbeat = DeadManHeartbeat(SecretStr(receiver.url), 0.05, lambda: WHOLE, SystemClock())
    workers, stop = Workers(SystemClock()), threading.Event()
    thread = workers.thread("heartbeat", lambda worker: heartbeat.run(worker, stop), stop)
    thread.start()
    assert receiver.came.wait(30)
    receiver.status = 200
    while not outcomes(heartbeat)["delivered"]:
        assert thread.is_alive()
        receiver.came.clear()
        receiver.came.wait(30)
    stop.set()
    thread.join(30)
    assert workers.states()[0].item_failures["delivery"] >= 1
    assert "secret-word" not in caplog.text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/secret-word", "secret-word", ""])
def test_an_address_that_is_none_of_the_webs_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(heartbeat_url=SecretStr(url))
    assert "heartbeat_url" in str(refused.value)
    assert "secret-word" not in str(refused.value)
