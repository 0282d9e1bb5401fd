"""Static files under a path that names their content, so that browsers may keep them for ever."""

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

ROOT = Path(__file__).parent / "static"
_SERVED = {".css", ".js", ".svg", ".woff2"}


class StaticFiles:
    """Serves what is under ``root`` at ``/static/<release>/...``; the release is a hash of all."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files = {
            path.relative_to(root).as_posix(): path
            for path in sorted(root.rglob("*"))
            if path.suffix in _SERVED
        }
        digest = hashlib.sha256()
        for name, path in self._files.items():
            digest.update(name.encode() + b"\0" + path.read_bytes())
        for template in sorted((root.parent / "templates").rglob("*.html")):
            digest.update(template.read_bytes())
        self.release = digest.hexdigest()[:16]

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError when there is no such file."""
        if name not in self._files:
            raise KeyError(f"no static file {name}")
        return f"/static/{self.release}/{name}"

    def answer(self, release: str, name: str) -> Response:
        """The file, cacheable for ever under its own release. Raises HTTPException 404."""
        path = self._files.get(name)
        if path is None:
            raise HTTPException(404)
        immutable = "public, max-age=31536000, immutable"
        cache = immutable if release == self.release else "no-store"
        return FileResponse(path, headers={"cache-control": cache})
