"""What is sealed of a month: its value, what it was made of, and how that is held (pure).

A seal is a link of one chain over all seals. It holds the figure as exact numbers, the digest of
every record with its judgement, the contract it was judged by, and how far the event log had come.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue, TypeAdapter

from device_configs.site.model import Contract
from ops_core.kernel.hash_chain import link_hash
from ops_core.kernel.json_values import JsonObject
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.records import Record


@dataclass(frozen=True, slots=True)
class SealedFigure:
    """A figure as exact numbers, with what was shown of it."""

    numerator: int
    denominator: int
    display: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class SealContent:
    """All that a seal's hash covers."""

    month: str
    indicator: int
    revision: int
    figure: SealedFigure
    raw: SealedFigure
    """Without exemptions; the same when there are none."""
    year: SealedFigure
    """The contract year to the end of the month."""
    as_of: datetime
    watermark: int
    """The position of the last event that was recorded then."""
    contract: str
    """The digest of the contract that the records were judged by."""
    records: str
    """The digest of every record with its judgement."""
    record_count: int
    submitted_by: str
    sealed_by: str
    sealed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A link: ``sequence`` counts from 1 over all months and indicators."""

    sequence: int
    content: SealContent
    previous_hash: str
    hash: str


_CONTENT = TypeAdapter(SealContent)


def content_json(content: SealContent) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = _CONTENT.dump_python(content, mode="json")
    return found


def content_of(found: Mapping[str, JsonValue]) -> SealContent:
    """Raises ValueError for what is no seal's content."""
    return _CONTENT.validate_python(dict(found))


def seal_hash(previous_hash: str, content: JsonObject) -> str:
    return link_hash(previous_hash, content)


def sealed_figure(figure: Figure) -> SealedFigure:
    return SealedFigure(figure.numerator, figure.denominator, figure.display, figure.is_met)


def contract_digest(contract: Contract) -> str:
    """SHA-256, in hexadecimal, of the contract as declared."""
    return hashlib.sha256(contract.model_dump_json().encode()).hexdigest()


def line_of(record: Record) -> str:
    """A record with its judgement: kind, identifier, key, instant, verdict, reason."""
    judgement, at = record.judgement, record.at.timestamp()
    reason = judgement.reason or ""
    fields = (record.kind, record.identifier, record.key, f"{at:.6f}", judgement.verdict, reason)
    return "\t".join(fields)


def packed(lines: Iterable[str]) -> bytes:
    """In one order, whatever order they came in."""
    return zlib.compress("\n".join(sorted(lines)).encode())


def unpacked(held: bytes) -> Sequence[str]:
    """Raises ValueError for what is no packed text, or has anything behind it."""
    text = _unpacked(held).decode()
    return text.split("\n") if text else []


def records_digest(held: bytes) -> str:
    """SHA-256, in hexadecimal. Raises ValueError as :func:`unpacked` does."""
    return hashlib.sha256(_unpacked(held)).hexdigest()


def _unpacked(held: bytes) -> bytes:
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(held)
    except zlib.error as error:
        raise ValueError("not packed") from error
    if not reader.eof or reader.unused_data:
        raise ValueError("cut short, or followed by something")
    return text


def counted_again(lines: Iterable[str]) -> Mapping[str, int]:
    """How many records the lines have of each verdict."""
    found = dict.fromkeys((verdict.value for verdict in RecordVerdict), 0)
    for line in lines:
        found[line.split("\t")[4]] += 1
    return found


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A record that is not what it was when its month was sealed; ``none`` where there is none."""

    month: str
    indicator: int
    record: str
    sealed: str
    now: str


def record_differences(
    content: SealContent, sealed: Iterable[str], now: Iterable[str]
) -> Sequence[RecordDifference]:
    """The records that differ, by name."""
    before, after = _judged(sealed), _judged(now)
    return [
        RecordDifference(
            content.month,
            content.indicator,
            name,
            before.get(name, "none"),
            after.get(name, "none"),
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _judged(lines: Iterable[str]) -> Mapping[str, str]:
    found = {}
    for line in lines:
        kind, identifier, _key, at, verdict, reason = line.split("\t")
        found[f"{kind}:{identifier}@{at}"] = f"{verdict} {reason}".strip()
    return found
