"""A Word document as PDF, by LibreOffice where the machine has it.

One layout is kept, that of the Word document: a library that draws PDF would need a second one.
"""

import os
import shutil
import subprocess
import tempfile
from http import HTTPStatus
from pathlib import Path

from ops_core.kernel.errors import DomainError
from ops_core.kernel.i18n import message

PROGRAM = "soffice"
LONGEST_S = 120.0


class PdfUnavailable(DomainError):
    """This machine cannot make PDF, or did not now."""

    default_status = HTTPStatus.NOT_IMPLEMENTED


def can_make_pdf() -> bool:
    """Whether the converter is installed."""
    return shutil.which(PROGRAM) is not None


def pdf_of(word: bytes) -> bytes:
    """The document as PDF, in whatever typefaces the machine has. Raises PdfUnavailable."""
    if not can_make_pdf():
        raise PdfUnavailable(
            "本机不能生成 PDF",
            "没有找到 LibreOffice（soffice）。",
            "请安装 libreoffice-writer-nogui，或用 Word 打开文档另存为 PDF。",
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "report.docx"
        source.write_bytes(word)
        command = [
            PROGRAM, f"-env:UserInstallation=file://{folder}/profile", "--headless",
            "--convert-to", "pdf", "--outdir", folder, str(source),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=LONGEST_S, check=True,
                           env={**os.environ, "HOME": folder})  # fmt: skip
            return (Path(folder) / "report.pdf").read_bytes()
        except (subprocess.SubprocessError, OSError) as error:
            raise PdfUnavailable(
                "PDF 生成失败",
                message("LibreOffice 未能转换：{error}", error=type(error).__name__),
                "请稍后重试，或下载 Word 文档。",
            ) from error
