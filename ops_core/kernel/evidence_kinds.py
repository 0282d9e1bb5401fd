"""What kinds of files count as evidence, known by their content; the name has to agree (pure).

The end of a name says what a program would open it with, the first bytes say what it is: a file for
which the two differ is refused. Office documents are ZIP archives and distinguished by their parts.
No kind is executed here, and documents with macros are refused, for they run where they are opened.
"""

import codecs
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message

NAME_LIMIT = 200
"""Characters of a file's name."""
_BLOCK = 1 << 16
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_MACROS = "vbaproject.bin"
_TEXT_CONTROLS = frozenset("\t\n\r\f")
_TEXT_ENCODINGS = ("utf-8-sig", "gb18030")
"""As people's programs write them: Excel on Chinese Windows saves a CSV as GB18030's subset GBK."""

Check = Callable[[BinaryIO], bool]


def _begins(*signatures: bytes) -> Check:
    return lambda file: file.read(max(map(len, signatures))).startswith(signatures)


def _holds(at: int, signature: bytes, first: bytes = b"") -> Check:
    def check(file: BinaryIO) -> bool:
        head = file.read(at + len(signature))
        return head[at:] == signature and head.startswith(first)

    return check


def _is_mp3(file: BinaryIO) -> bool:
    head = file.read(3)
    return head == b"ID3" or (len(head) == 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


def _archive_names(file: BinaryIO) -> list[str] | None:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError):
        return None


def _is_archive(file: BinaryIO) -> bool:
    return _archive_names(file) is not None


def _has_part(part: str) -> Check:
    def check(file: BinaryIO) -> bool:
        names = _archive_names(file) or []
        has_macros = any(PurePosixPath(name).name.lower() == _MACROS for name in names)
        return part in names and not has_macros

    return check


def _is_text(file: BinaryIO) -> bool:
    """Decodable as a whole, and without a control character that no text has."""
    return any(_decodes(file, encoding) for encoding in _TEXT_ENCODINGS)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := file.read(_BLOCK):
            if not _is_plain(decoder.decode(block)):
                return False
        return _is_plain(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False


def _is_plain(text: str) -> bool:
    return all(c.isprintable() or c in _TEXT_CONTROLS or ord(c) > 0x9F for c in text)


_KINDS: dict[str, tuple[str, Check]] = {
    ".pdf": ("application/pdf", _begins(b"%PDF-")),
    ".docx": (_DOCX, _has_part("word/document.xml")),
    ".xlsx": (_XLSX, _has_part("xl/workbook.xml")),
    ".pptx": (_PPTX, _has_part("ppt/presentation.xml")),
    ".ofd": ("application/ofd", _has_part("OFD.xml")),  # GB/T 33190
    ".png": ("image/png", _begins(b"\x89PNG\r\n\x1a\n")),
    ".jpg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".jpeg": ("image/jpeg", _begins(b"\xff\xd8\xff")),
    ".txt": ("text/plain", _is_text),
    ".csv": ("text/csv", _is_text),
    ".zip": ("application/zip", _is_archive),
    ".wav": ("audio/wav", _holds(8, b"WAVE", b"RIFF")),
    ".mp3": ("audio/mpeg", _is_mp3),
    ".mp4": ("video/mp4", _holds(4, b"ftyp")),
}
KNOWN_ENDINGS: tuple[str, ...] = tuple(_KINDS)
"""Ends of names that are taken, with their dot."""


def checked_name(name: str) -> str:
    """The bare name in one spelling (NFC), without the folders some browsers send.

    Raises :class:`Invalid` for no name, a long one, one with control characters, and an end that
    stands for no kind of evidence.
    """
    bare = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].strip()
    if not bare.isprintable():
        raise Invalid("文件名不能使用", "文件名含有控制字符。", "请改名后重新上传。")
    if not bare or len(bare) > NAME_LIMIT:
        remedy = message("文件名须为 1 至 {limit} 个字符。", limit=NAME_LIMIT)
        raise Invalid("文件名不能使用", message("文件名有 {n} 个字符。", n=len(bare)), remedy)
    if _ending(bare) not in _KINDS:
        raise Invalid(
            "不接受这种文件",
            message("文件“{name}”的类型不在可接受的范围内。", name=bare),
            message("可接受：{endings}。", endings=" ".join(KNOWN_ENDINGS)),
        )
    return bare


def media_type_of(name: str, content: Path) -> str:
    """The media type of a file whose name and content agree; the name as :func:`checked_name`.

    Raises :class:`Invalid` for content that the name does not stand for.
    """
    media_type, is_so = _KINDS[_ending(name)]
    with content.open("rb") as file:
        if is_so(file):
            return media_type
    detail = message(
        "文件“{name}”的内容不是 {ending} 格式，或带有宏、已加密、已损坏。",
        name=name,
        ending=_ending(name),
    )
    remedy = "请用原来的程序打开并另存为可接受的格式后再上传。"
    raise Invalid("文件内容与名称不符", detail, remedy)


def endings_listed(endings: Iterable[str] = KNOWN_ENDINGS) -> str:
    """For a file field's ``accept``."""
    return ",".join(endings)


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
