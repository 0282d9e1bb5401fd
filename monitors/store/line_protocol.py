"""Samples as InfluxDB's line protocol."""

from monitors.samples import FieldValue, Sample
from monitors.store.instants import microseconds


def line_of(sample: Sample) -> str:
    """The sample in line protocol, time in microseconds. The sample must be storable.

    The client's own ``make_line`` doubles backslashes in tags, which the server then keeps.
    """
    tags = "".join(f",{_escaped(key)}={_escaped(value)}" for key, value in sample.tags)
    fields = ",".join(f"{_escaped(key)}={_literal(value)}" for key, value in sample.fields.items())
    measurement = sample.measurement.replace(",", "\\,").replace(" ", "\\ ")
    return f"{measurement}{tags} {fields} {microseconds(sample.at)}"


def _escaped(text: str) -> str:
    return text.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _literal(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
