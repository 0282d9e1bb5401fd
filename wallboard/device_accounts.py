"""The page of the accounts on devices (A9): back doors, orphans, unusual use, and all of them."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from device_configs.accounts.record import read_account_audits, read_last_audit
from device_configs.accounts.sheets import audit_sheets
from device_configs.documents.files import MEDIA_TYPES, DocumentFile
from device_configs.documents.speech import Speech
from ops_core.kernel.permissions import Permission
from wallboard.web import Reader, SignedInReader, in_thread
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


@router.get("/network/accounts")
async def show_device_accounts(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await _admit(reader)
    audits = await read(lambda seen: read_account_audits(seen.session))
    site, speech = reader.web.dependencies.site, Speech(reader.language)
    audit = audits[0] if audits else None
    tables = () if audit is None else audit_sheets(site, audit, speech)
    return reader.page("console/device_accounts.html", audit=audit, tables=tables)


@router.get("/network/accounts/export")
async def take_device_accounts(reader: SignedInReader, read: Reading) -> Response:
    """The last audit as a workbook, to be kept."""
    await _admit(reader)
    audit = await read(lambda seen: read_last_audit(seen.session))
    site, speech = reader.web.dependencies.site, Speech(reader.language)
    from device_configs.documents.workbook import workbook  # openpyxl: few starts need it

    content = await in_thread(lambda: workbook(audit.number, audit_sheets(site, audit, speech)))
    called = quote(f"{site.name}-{audit.number}.xlsx", safe="")
    # A site may be named in any script: RFC 6266, section 4.3.
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{called}"}
    return Response(content, media_type=MEDIA_TYPES[DocumentFile.WORKBOOK], headers=headers)


async def _admit(reader: Reader) -> None:
    await reader.require(Permission.SEE_INCIDENTS, "page", "device-accounts")
