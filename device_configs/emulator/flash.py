"""The box's flash as SFTP and SCP see it: a flat folder of text files."""

import stat
from collections.abc import Iterator
from typing import Any

import asyncssh

from device_configs.emulator.emulated_box import EmulatedBox

_MOST_BYTES = 8 * 1024 * 1024


class FlashFile:
    """An open file; what was written reaches the flash when it is closed."""

    def __init__(self, name: str, content: bytes, writes: bool) -> None:
        self.name, self.content, self.writes = name, bytearray(content), writes

    def write(self, offset: int, data: bytes) -> None:
        """Raises :class:`asyncssh.SFTPFailure` for more than the flash holds."""
        if offset + len(data) > _MOST_BYTES:
            raise asyncssh.SFTPFailure("no space left on the device")
        self.content.extend(b"\0" * (offset - len(self.content)))
        self.content[offset : offset + len(data)] = data


class FlashServer(asyncssh.SFTPServer):
    """Files of one box; there are no folders, and ``flash:/`` may stand before a name."""

    def __init__(self, channel: asyncssh.SSHServerChannel[Any], box: EmulatedBox) -> None:
        super().__init__(channel)
        self._box = box

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # noqa: ARG002
        name = _name(path)
        writes = bool(pflags & asyncssh.FXF_WRITE)
        if writes and self._box.state.traits.disk_full:
            raise asyncssh.SFTPFailure("no space left on the device")
        content = self._box.state.files.get(name)
        if content is None and not writes:
            raise asyncssh.SFTPNoSuchFile(name)
        keeps = content is not None and not pflags & asyncssh.FXF_TRUNC
        return FlashFile(name, (content or "").encode() if keeps else b"", writes)

    def open56(
        self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs
    ) -> object:
        writes = bool(desired_access & asyncssh.ACE4_WRITE_DATA)
        truncates = flags & 7 in (asyncssh.FXF_CREATE_TRUNCATE, asyncssh.FXF_TRUNCATE_EXISTING)
        pflags = (asyncssh.FXF_WRITE if writes else 0) | (asyncssh.FXF_TRUNC if truncates else 0)
        return self.open(path, pflags, attrs)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return bytes(_open_file(file_obj).content[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        _open_file(file_obj).write(offset, data)
        return len(data)

    def close(self, file_obj: object) -> None:
        file = _open_file(file_obj)
        if not file.writes:
            return
        try:
            self._box.write_file(file.name, file.content.decode("utf-8", errors="replace"))
        except OSError as full:
            raise asyncssh.SFTPFailure(str(full)) from full

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        name = _name(path)
        if name in ("", "."):
            return asyncssh.SFTPAttrs(permissions=stat.S_IFDIR | 0o755)
        if name not in self._box.state.files:
            raise asyncssh.SFTPNoSuchFile(name)
        size = len(self._box.state.files[name].encode())
        return asyncssh.SFTPAttrs(size=size, permissions=stat.S_IFREG | 0o644)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        size = len(_open_file(file_obj).content)
        return asyncssh.SFTPAttrs(size=size, permissions=stat.S_IFREG | 0o644)

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Modes and times are not kept."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Modes and times are not kept."""

    def realpath(self, path: bytes) -> bytes:
        return b"/" + _name(path).encode()

    async def scandir(self, path: bytes) -> Any:  # noqa: ARG002 - there is one folder
        for name in self._names():
            yield asyncssh.SFTPName(name.encode(), attrs=self.stat(name.encode()))

    def remove(self, path: bytes) -> None:
        try:
            self._box.remove_file(_name(path))
        except KeyError as missing:
            raise asyncssh.SFTPNoSuchFile(_name(path)) from missing

    def _names(self) -> Iterator[str]:
        yield from sorted(self._box.state.files)


def _name(path: bytes) -> str:
    name = path.decode("utf-8", errors="replace").removeprefix("flash:")
    return name.strip("/").removeprefix("flash:").strip("/")


def _open_file(handle: object) -> FlashFile:
    if not isinstance(handle, FlashFile):
        raise asyncssh.SFTPInvalidHandle("no open file")
    return handle
