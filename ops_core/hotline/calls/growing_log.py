"""A log that is read while it grows, through its rotations."""

import os
from codecs import BOM_UTF8
from pathlib import Path
from typing import BinaryIO


class GrowingLog:
    """Follows a file by its name; a line counts once its end is written.

    When the name stands for another file, the former one is read on until the new one has content:
    its writer may keep it open for a while. What stands unfinished in it then comes without an
    end. A file that was cut to nothing (``copytruncate``) is read from its beginning.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._begun = b""

    def lines(self) -> list[str]:
        """The lines completed since it was asked last, with their ends; none while there is no
        file. Raises OSError for one that cannot be read."""
        found: list[str] = []
        if self._file is not None:
            found += self._completed(self._file)
            if not self._is_other(self._file):
                return found
            found += self._completed(self._file)  # written between the first look and this one
            found += [self._begun.decode("utf-8", errors="replace")] if self._begun else []
            self.close()
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return found
        return found + self._completed(self._file)

    def close(self) -> None:
        """Read no more of it."""
        if self._file is not None:
            self._file.close()
        self._file, self._begun = None, b""

    def _completed(self, file: BinaryIO) -> list[str]:
        is_beginning = file.tell() == 0
        text = self._begun + file.read()
        if is_beginning:
            text = text.removeprefix(BOM_UTF8)
        whole, end, self._begun = text.rpartition(b"\n")
        if not end:
            return []
        lines = whole.decode("utf-8", errors="replace").split("\n")
        return [line + "\n" for line in lines]

    def _is_other(self, file: BinaryIO) -> bool:
        """Whether the name stands for another file, or for this one begun anew."""
        read = os.fstat(file.fileno())
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        if (named.st_dev, named.st_ino) != (read.st_dev, read.st_ino):
            return named.st_size > 0
        return named.st_size < file.tell()
