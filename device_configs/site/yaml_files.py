"""YAML files of a declaration, read so that whatever is wrong with them becomes a fault.

A declaration is plain data, so it is built here from the parser's events: the values of YAML 1.2's
core schema, whose readers agree on them, nothing that takes more memory than its text, and every
value with the line it stands in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from device_configs.site.encodings import decode
from device_configs.site.faults import Faults
from device_configs.site.places import SourcePlace
from device_configs.site.plain_files import bytes_of

MOST_DEPTH = 40
"""Levels of lists and mappings in each other; a declaration has 8."""
REPEATED = 10
"""How often more values a file may have, its aliases followed, than are written in it."""
_FEW = 1_000

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_BOOLEAN_ELSEWHERE = re.compile(r"yes|no|on|off|y|n|true|false|null|~", re.IGNORECASE)
"""Words that YAML 1.1, which Ansible reads, takes for a truth value or nothing."""
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_MAPPING, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


class _Refused(Exception):
    """The file cannot be read; the text says what is there, ``line`` where (from 1)."""

    def __init__(self, line: int, found: str, remedy: str) -> None:
        super().__init__(found)
        self.line, self.found, self.remedy = line, found, remedy


def read_yaml(folder: Path, file: str, faults: Faults) -> Any:
    """What a file holds; None where it cannot be read or is empty, which ``faults`` then say."""
    try:
        decoded = decode(bytes_of(folder / file))
    except OSError as error:
        refuse_file(faults, file, "-", f"cannot be read ({error.strerror})", "create the file")
        return None
    if decoded.problem:
        refuse_file(faults, file, "-", decoded.problem, decoded.remedy)
        return None
    builder = _DocumentBuilder(decoded.text)
    try:
        document, place = builder.document()
    except _Refused as refused:
        refuse_file(faults, file, f"line {refused.line}", refused.found, refused.remedy)
        return None
    for note in builder.notes:
        faults.add(file, f"line {note.line}", note.found, note.remedy)
    if document is None:
        refuse_file(faults, file, "-", "is empty", "write what it declares")
    else:
        faults.place(file, place)
    return document


def refuse_file(faults: Faults, file: str, path: str, found: str, remedy: str) -> None:
    """A fault that keeps the whole file from being read."""
    faults.add(file, path, found, remedy)
    faults.withhold(file, None)


@dataclass
class _Open:
    """A mapping or a list that is being built. ``size`` counts values, aliases followed."""

    value: dict[str, Any] | list[Any]
    place: SourcePlace
    anchor: str | None
    size: int = 1
    key: str | None = None
    key_line: int = 0
    merged: list[tuple[dict[str, Any], SourcePlace]] = field(default_factory=list)


class _DocumentBuilder:
    """Builds the one document of a text from the events of libyaml's parser."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, SourcePlace, int] | None] = {}
        self._written = 0
        self._result: tuple[Any, SourcePlace] = (None, SourcePlace(0))
        self.notes: list[_Refused] = []
        """What is wrong without keeping the rest from being read."""

    def document(self) -> tuple[Any, SourcePlace]:
        """The document with its places. Raises :class:`_Refused`."""
        documents = 0
        for event in self._events():
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Refused(_line(event), "a second document begins", "remove the `---`")
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end()
        return self._result

    def _events(self) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(self._text, yaml.CSafeLoader)
        except yaml.reader.ReaderError as error:
            line = self._text.count("\n", 0, int(error.position)) + 1
            raise _Refused(line, f"holds the character U+{_code(error):04X}", "remove it") from None
        except yaml.MarkedYAMLError as error:
            raise _syntax(error, self._text) from None
        except yaml.YAMLError:
            raise _Refused(1, "is no YAML", "mend the YAML syntax") from None

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        line = _line(event)
        if event.tag not in (None, "!", _MAPPING, _SEQUENCE):
            raise _Refused(line, f"has the tag {event.tag}", "a declaration has no tags; remove it")
        if len(self._open) >= MOST_DEPTH:
            raise _Refused(line, f"is more than {MOST_DEPTH} levels deep", "close the brackets")
        self._expect_key(line)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._written += 1
        self._open.append(_Open({} if is_mapping else [], SourcePlace(line), event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        for value, place in done.merged:
            assert isinstance(done.value, dict)  # noqa: S101 - only a mapping takes `<<`
            for key in value.keys() - done.value.keys():
                done.value[key] = value[key]
                done.place.below[key] = place.below[key]
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.value, done.place, done.size)
        self._put(done.value, done.place, done.size)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        if event.tag not in (None, "!", *_TAGS):
            raise _Refused(line, f"has the tag {event.tag}", "a declaration has no tags; remove it")
        self._written += 1
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(top, event, line)
            return
        value = self._value(event.value, line) if event.implicit[0] else event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, SourcePlace(line), 1)
        self._put(value, SourcePlace(line), 1)

    def _key(self, top: _Open, event: yaml.ScalarEvent, line: int) -> None:
        key = event.value
        if event.implicit[0] and _BOOLEAN_ELSEWHERE.fullmatch(key):
            self._note(line, f"the key {key} is a truth value to some readers of YAML",
                       f'write it in quotation marks, "{key}", or choose another')  # fmt: skip
        if key in top.place.below:
            self._note(line, f"the key {key!r} stands twice", "keep one of the two")
        top.key, top.key_line = key, line

    def _note(self, line: int, found: str, remedy: str) -> None:
        self.notes.append(_Refused(line, found, remedy))

    def _value(self, text: str, line: int) -> object:
        """What a plain scalar stands for in YAML 1.2's core schema; where 1.1 takes another number
        for it, that is noted."""
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _OCTAL.fullmatch(text):
            number = text.lstrip("+-").lstrip("0_") or "0"
            self._note(line, f"{text} is one number to some readers of YAML and another to others",
                       f'write {number}, or in quotation marks "{text}"')  # fmt: skip
            return text
        if _FLOAT.fullmatch(text):
            return float(text)
        return text

    def _alias(self, event: yaml.AliasEvent) -> None:
        line = _line(event)
        self._expect_key(line)
        if event.anchor not in self._anchors:
            raise _Refused(line, f"no anchor is named {event.anchor!r}", f"write &{event.anchor}")
        found = self._anchors[event.anchor]
        if found is None:
            raise _Refused(line, f"*{event.anchor} is within itself", "write its value out")
        self._put(*found)

    def _expect_key(self, line: int) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise _Refused(line, "a key is no plain text", "write a name as the key")

    def _put(self, value: Any, place: SourcePlace, size: int) -> None:
        if not self._open:
            self._result = (value, place)
            return
        top = self._open[-1]
        top.size += size
        if top.size > REPEATED * self._written + _FEW:
            raise _Refused(top.place.line, "its aliases repeat more than it holds",
                           "write out what differs, and repeat less")  # fmt: skip
        if isinstance(top.value, list):
            top.place.below[len(top.value)] = place
            top.value.append(value)
        elif top.key == "<<":
            self._merge(top, value, place)
        else:
            assert top.key is not None  # noqa: S101 - `_expect_key` has seen to it
            top.value[top.key] = value
            top.place.below[top.key] = place.named_at(top.key_line)
        top.key = None

    def _merge(self, top: _Open, value: Any, place: SourcePlace) -> None:
        values = value if isinstance(value, list) else [value]
        places = [place.below[i] for i in range(len(values))] if value is values else [place]
        for one, at in zip(values, places, strict=True):
            if not isinstance(one, dict):
                raise _Refused(top.key_line, "<< takes a mapping", "name an anchor of a mapping")
            top.merged.append((one, at))


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark is not None else 1


def _code(error: yaml.reader.ReaderError) -> int:
    character = error.character
    return character if isinstance(character, int) else ord(character[:1])


def _syntax(error: yaml.MarkedYAMLError, text: str) -> _Refused:
    """A syntax error at the line where what is not closed began, rather than where it showed."""
    shown = error.problem_mark.line + 1 if error.problem_mark else 1
    begun = error.context_mark.line + 1 if error.context_mark else shown
    lines = text.splitlines()
    at = lines[shown - 1] if shown <= len(lines) else ""
    if "\t" in at[: len(at) - len(at.lstrip())]:
        return _Refused(shown, "is indented by a tab", "indent by blanks")
    if begun == shown:
        return _Refused(shown, str(error.problem), "mend the YAML syntax there")
    context = f"{error.context}, " if error.context else ""
    return _Refused(begun, f"{context}{error.problem} (noticed in line {shown})",
                    "mend the YAML syntax there")  # fmt: skip
