"""The bytes of a file of a declaration, where it is one and no larger than a declaration is."""

import errno
import stat
from pathlib import Path

from device_configs.site.encodings import MOST_BYTES


def bytes_of(file: Path) -> bytes:
    """What a file holds, and of a larger one a byte more than is read of any.

    Raises OSError for what is not there, and for a folder, pipe or device: reading one of those
    need not end.
    """
    mode = file.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no file but a pipe or a device")
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)
