"""Office documents without the instant they were written at: equal content, equal bytes (pure)."""

import io
import re
import zipfile
from datetime import datetime

ZIP_EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - no instant: a fixed mark that zip files can hold
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
EPOCH_TEXT = "1980-01-01T00:00:00Z"


def timeless(data: bytes, modified: str = EPOCH_TEXT) -> bytes:
    """The same archive, every entry dated alike; ``modified`` is what its properties say."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, ZIP_EPOCH.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + modified.encode() + rb"\g<2>", content)
            new.writestr(entry, content)
    return made.getvalue()
