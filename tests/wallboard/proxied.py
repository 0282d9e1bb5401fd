"""The web face behind a real HAProxy on loopback: TLS before it, plain HTTP behind it."""

import datetime
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.mortal import MORTAL

CONFIGURATION = """
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend public
    bind 127.0.0.1:{tls} ssl crt {certificate}
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    default_backend platform
backend platform
    server platform 127.0.0.1:{plain} source {source}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(directory: Path, name: str) -> Path:
    """Key and certificate of a name, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "proxy.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def running(server: uvicorn.Server) -> Iterator[None]:
    """The server in a thread."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        wait_for(server.config.port)
        yield
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def haproxy(directory: Path, tls: int, plain: int, source: str, name: str) -> Iterator[None]:
    """HAProxy on ``tls`` before ``plain``, which it reaches from the address ``source``."""
    file = directory / "haproxy.cfg"
    text = CONFIGURATION.format(
        tls=tls, plain=plain, source=source, certificate=certificate(directory, name)
    )
    file.write_text(text)
    process = subprocess.Popen([*MORTAL, "/usr/sbin/haproxy", "-db", "-f", str(file)])
    try:
        wait_for(tls)
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")
