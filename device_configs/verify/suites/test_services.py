"""The services answer the monitoring host, by the checks the declaration names."""

import http.client
import socket
import subprocess
import uuid

from device_configs.site.model import Check, Service


def answers(check: Check) -> bool:
    match check.kind:
        case "icmp":
            return _ping(check)
        case "tcp":
            with socket.create_connection((str(check.address), check.port), timeout=3):
                return True
        case "http":
            return _http_status(check) == http.HTTPStatus.OK
        case "sip":
            return _sip_status(check) == http.HTTPStatus.OK


def _ping(check: Check) -> bool:
    sent = ["ping", "-c", "1", "-W", "2", str(check.address)]
    return subprocess.run(sent, capture_output=True, check=False).returncode == 0


def _http_status(check: Check) -> int:
    connection = http.client.HTTPConnection(str(check.address), check.port, timeout=3)
    connection.request("GET", check.path)
    return connection.getresponse().status


def _sip_status(check: Check) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(3)
        sender.connect((str(check.address), check.port or 5060))
        own, port = sender.getsockname()
        target = f"sip:{check.path}@{check.address}"
        identity = uuid.uuid4().hex
        sender.send(
            f"OPTIONS {target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own}:{port};branch=z9hG4bK{identity}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:verify@{own}>;tag={identity[:8]}\r\nTo: <{target}>\r\n"
            f"Call-ID: {identity}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:verify@{own}:{port}>\r\n"
            "Content-Length: 0\r\n\r\n".encode()
        )
        return int(sender.recv(4096).split()[1])


def test_service_answers(service: Service) -> None:
    assert all(answers(check) for check in service.checks)
