"""Every text of every document is safe by its type: no field takes any text whatever."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from device_configs.site import texts
from device_configs.site.documents import LISTS, SINGLE, DeviceDocument, SeatDocument
from device_configs.site.model.role import RoleProperties

ROOTS = (
    *(model for _, model in SINGLE.values()),
    *(model for lists in LISTS.values() for model in lists.values()),
    DeviceDocument, SeatDocument, RoleProperties,
)  # fmt: skip
READABLE = (
    texts.Name, texts.HostName, texts.LinkName, texts.PortName, texts.Key, texts.Reference,
    texts.AccountName, texts.UrlPath, texts.Phone, texts.DeviceText, texts.Line, texts.Cell,
    texts.Paragraph,
)  # fmt: skip
ON_DEVICES = READABLE[:10]
ENDS_A_LINE = ("a\nb", "a\rb", "a\0b", "a\x1bb", "a\u2028b", "a\u202eb", "a\u200bb", "a\x85b")
ENDS_A_WORD = ('a"b', "a'b", "a`b", "a$(b)", "a\\b", "a?b", "a;b", "a|b", "a&b", "a>b", "#a", "!a")


def bare_texts(annotation: Any, is_bound: bool) -> bool:
    """Whether a type holds a text that no pattern bounds."""
    if annotation is str:
        return not is_bound
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        bound = any(getattr(mark, "pattern", None) or "pattern" in repr(mark) for mark in marks)
        return bare_texts(inner, is_bound or bound)
    return any(bare_texts(part, is_bound) for part in get_args(annotation))


def models(root: type[BaseModel], seen: set[type]) -> Iterator[type[BaseModel]]:
    if root in seen:
        return
    seen.add(root)
    yield root
    waiting = [field.annotation for field in root.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from models(annotation, seen)
        waiting.extend(get_args(annotation))


def test_every_text_of_the_declaration_has_a_pattern() -> None:
    seen: set[type] = set()
    bare = [
        f"{model.__name__}.{name}"
        for root in ROOTS
        for model in models(root, seen)
        for name, field in model.model_fields.items()
        if bare_texts(field.annotation, any("pattern" in repr(mark) for mark in field.metadata))
    ]
    assert bare == []


@pytest.mark.parametrize("text", ENDS_A_LINE)
def test_no_type_takes_what_ends_a_line_or_hides(text: str) -> None:
    for kind in READABLE:
        if kind is texts.Paragraph and text == "a\nb":
            continue
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("text", ENDS_A_WORD)
def test_what_reaches_a_device_takes_nothing_that_ends_a_word_or_a_quotation(text: str) -> None:
    for kind in ON_DEVICES:
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("pattern", [texts.NAME, texts.HOST_NAME, texts.DEVICE_TEXT, texts.LINE])
def test_every_pattern_says_what_to_write_instead(pattern: str) -> None:
    assert len(texts.NEEDED[pattern]) > 20
