"""One spelling for every JSON object, so that it can be hashed and compared."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

JsonObject = Mapping[str, JsonValue]


def canonical_json(value: JsonObject) -> str:
    """The object with sorted keys, no blanks and plain UTF-8.

    Equal objects give equal text. Raises :class:`Invalid` for what JSON or UTF-8 cannot say
    (NaN, infinities, lone surrogates, values of other types).
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode()
    except (TypeError, ValueError) as error:
        raise Invalid("内容无法记录", message("JSON 无法表示：{error}", error=error)) from error
    return text


def readable_json_object(text: str) -> JsonObject:
    """The same; an empty one for a text that is none: of what was tampered with."""
    try:
        return parse_json_object(text)
    except ValueError:
        return {}


def parse_json_object(text: str) -> JsonObject:
    """The object a stored text stands for. Raises ValueError when it is not a JSON object."""
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {type(value).__name__}")
    return value
