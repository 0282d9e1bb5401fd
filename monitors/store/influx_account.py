"""Who we are to an InfluxDB, and the client that says so."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
from influxdb import InfluxDBClient

TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class InfluxAccount:
    """How we identify ourselves; a token (generations 2 and 3) goes before name and password."""

    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_certificate: bool | Path = True
    """False, or a file with the authorities to trust instead of the system's."""


class TokenAuth(requests.auth.AuthBase):
    """``Authorization: Token ...``, which 2.x wants and 3 takes as it takes Bearer."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Token {self._token}"
        return request


def client_of(url: str, database: str, account: InfluxAccount) -> InfluxDBClient:
    """A client for ``url``, such as ``http://127.0.0.1:8086``; it sends nothing yet.

    Raises ValueError for an address that names no host, or a person.
    """
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("name and password of InfluxDB are settings of their own, not its URL")
    if parts.hostname is None:
        raise ValueError(f"InfluxDB address {url!r} names no host, as in http://host:8086")
    session = requests.Session()
    if account.token is not None:
        # By the session, not as a header: a .netrc would replace that.
        session.auth = TokenAuth(account.token)
    verify = account.verify_certificate
    return InfluxDBClient(
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
        session=session,
    )
