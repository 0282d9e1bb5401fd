"""What the three drivers share of NAPALM's contract: signing in, the candidate, its number."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from napalm.base import NetworkDriver
from napalm.base.models import AliveDict
from napalm.base.netmiko_helpers import netmiko_args

from device_configs.drivers.candidate import Candidate, LoadKind, read_candidate
from device_configs.drivers.refusals import CandidateMissing
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.i18n import message

ID_PREFIX = "zs-"
"""Begins the number of each change that these drivers make, on the device too."""
DEFAULT_WATCH_S = 120
"""For how long a change that was committed for good may take until it is read back."""


class ChangeDriver(NetworkDriver):
    """A driver whose changes have a number that is known before the device hears of it.

    ``change_id`` is the number of the next change, and after ``commit_config`` that of this one. A
    controller writes it down first; a restarted one gives it back by ``optional_args["change_id"]``
    and can confirm or roll back what its forerunner left.
    """

    revert_class: RevertClass
    platform: ClassVar[str]

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        options = dict(optional_args or {})
        self.hostname = hostname
        self.username = username
        self.password = password
        self.timeout = timeout
        self.profile = [self.platform]
        self.netmiko_optional_args = netmiko_args(options)
        self.change_id: str = options.get("change_id") or new_change_id()
        self._candidate: Candidate | None = None

    def __exit__(self, *_: object) -> None:
        """Hang up. NAPALM's own asks for a bug report on every refusal of a class not its own."""
        self.close()

    def load_replace_candidate(
        self, filename: str | None = None, config: str | None = None
    ) -> None:
        """Take a whole configuration as the candidate; the device does not hear of it yet."""
        self._load(read_candidate(LoadKind.REPLACE, filename, config))

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Take lines that are added to the running configuration as the candidate."""
        self._load(read_candidate(LoadKind.MERGE, filename, config))

    def _load(self, candidate: Candidate) -> None:
        self._candidate = candidate

    def is_alive(self) -> AliveDict:
        """Whether the session can still be used."""
        raise NotImplementedError

    def _loaded(self) -> Candidate:
        if self._candidate is None:
            raise CandidateMissing(message("还没有载入候选配置。"), message("请先载入，再提交。"))
        return self._candidate


def new_change_id() -> str:
    """A number that no other change on any device has."""
    return ID_PREFIX + secrets.token_hex(6)
