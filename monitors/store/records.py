"""Samples as bytes for the spool: JSON, which keeps integers, floats, text and booleans apart."""

import json
from collections.abc import Sequence

from monitors.samples import Sample
from monitors.store.instants import instant, microseconds


def encoded(samples: Sequence[Sample]) -> bytes:
    """A batch of samples as UTF-8 JSON."""
    rows = [
        (sample.measurement, sample.tags, dict(sample.fields), microseconds(sample.at))
        for sample in samples
    ]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="surrogatepass")  # as json reads it: no text makes a batch unreadable


def decoded(payload: bytes) -> tuple[Sample, ...]:
    """The batch that :func:`encoded` wrote."""
    return tuple(
        Sample(measurement, tuple((key, value) for key, value in tags), fields, instant(at))
        for measurement, tags, fields, at in json.loads(payload)
    )
