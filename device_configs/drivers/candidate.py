"""The configuration that was loaded and is not committed yet."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from device_configs.drivers.refusals import CandidateMissing
from ops_core.kernel.i18n import message


class LoadKind(StrEnum):
    """What becomes of the lines that the candidate does not hold."""

    MERGE = "merge"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Candidate:
    """``lines`` without line ends and trailing blanks; never empty of commands."""

    kind: LoadKind
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def read_candidate(kind: LoadKind, filename: str | None, config: str | None) -> Candidate:
    """The candidate of NAPALM's ``load_*_candidate``: a text, or a file in UTF-8.

    :raises CandidateMissing: neither is given, both are, the file cannot be read, it holds no
        command, or a control character that no device takes.
    """
    if (filename is None) == (config is None):
        raise CandidateMissing(message("需要且只能给出 filename 或 config 之一。"))
    text = (config or "") if filename is None else _read(Path(filename))
    # VRP ends a saved file with a NUL.
    lines = tuple(line.rstrip() for line in text.rstrip("\0\r\n \t").splitlines())
    if all(line.strip() in ("", "!", "#") for line in lines):
        raise CandidateMissing(message("候选配置为空。"), message("请检查文件是否生成完整。"))
    for number, line in enumerate(lines, 1):
        if any(ord(character) < 32 and character != "\t" for character in line):
            raise CandidateMissing(message("第 {number} 行含有控制字符。", number=number))
    return Candidate(kind, lines)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CandidateMissing(
            message("文件 {path} 读不出来：{reason}", path=path, reason=error)
        ) from error
