"""Where a page of records ends, as its address says it (pure)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ops_core.kernel.errors import Invalid

_STAMP = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last record of a page: the next page begins after it, towards older ones."""

    at: datetime
    key: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime(_STAMP)}~{self.key}"

    @staticmethod
    def read(text: str) -> "Cursor | None":
        """The cursor of a page's address, None for the first page. Raises :class:`Invalid`."""
        if not text:
            return None
        stamp, _, key = text.partition("~")
        try:
            at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
        except ValueError:
            at = None
        if at is None or not key or not key.isprintable():
            raise Invalid("翻页位置不正确", "", "请从第一页重新翻起。")
        return Cursor(at, key)
