"""Messages to the log audit systems that the site declares, by syslog over UDP (RFC 5424)."""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime

from device_configs.deploy.device_login import from_network
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from device_configs.twin.refusals import TwinError

log = logging.getLogger(__name__)

LOG_AUDIT = "log_audit"
SYSLOG_PORT = 514
_PRIORITY = 13 * 8 + 5
"""Facility log audit, severity notice (RFC 5424, section 6.2.1)."""

Send = Callable[[bytes], bool]
"""Whether every log audit system was sent the message, as far as the network says (UDP)."""


def log_audit_of(site: Site, twin: TwinClient | None) -> Send | None:
    """Sends a message to every declared log audit system, from the monitoring host in the twin.

    None without a twin or a declared system: nobody takes logs. One that cannot be reached is
    logged, and the others are sent to all the same.
    """
    found = [device for device in site.devices.values() if device.role.name == LOG_AUDIT]
    addresses = [str(one.management_address) for one in found if one.management_address]

    if twin is None or not addresses:
        return None

    def send(message: bytes) -> bool:
        try:
            network = twin.network_namespace(site.monitoring_host.name)
        except TwinError as error:
            log.warning("the twin does not answer: %s", error)
            return False
        try:
            return from_network(network, lambda: _send_all(message, addresses))
        finally:
            os.close(network)

    return send


def syslog_message(at: datetime, host: str, kind: str, text: str) -> bytes:
    """One message; ``kind`` is its MSGID."""
    stamp = at.isoformat(timespec="seconds")
    return f"<{_PRIORITY}>1 {stamp} {host} zhishou - {kind} - {text}".encode()


async def _send_all(message: bytes, addresses: list[str]) -> bool:
    taken = 0
    for address in addresses:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(message, (address, SYSLOG_PORT))
            taken += 1
        except OSError:
            log.exception("the log audit %s took no message", address)
    return taken == len(addresses)
