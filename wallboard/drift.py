"""The page of configuration drift: what devices run against what is declared for them."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.compliance.drift import DifferenceKind, DriftState
from device_configs.compliance.store import DeviceDrift, read_drift
from ops_core.kernel.i18n import Translate, translations
from ops_core.kernel.permissions import Permission
from wallboard.snapshot import Snapshot
from wallboard.web import SignedInReader
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


def drift_word(state: DriftState, translate: Translate) -> str:
    _ = translate
    return {
        DriftState.EQUAL: _("与声明一致"),
        DriftState.DRIFTED: _("与声明不一致"),
        DriftState.UNKNOWN: _("未知"),
    }[state]


def difference_word(kind: DifferenceKind, translate: Translate) -> str:
    _ = translate
    return {
        DifferenceKind.MISSING: _("文件缺失"),
        DifferenceKind.CONTENT: _("文件内容不同"),
        DifferenceKind.ATTRIBUTES: _("权限或属主不同"),
        DifferenceKind.LEFT_OVER: _("多余的文件"),
        DifferenceKind.RUNNING: _("运行中的配置与文件不同"),
    }[kind]


@router.get("/network/drift")
async def show_drift(reader: SignedInReader, read: Reading) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "drift")
    rows = await read(drift_rows)
    translate = translations(reader.language).gettext
    given = reader.web.dependencies
    return reader.page(
        "console/drift.html",
        rows=rows,
        drifted=sum(one is not None and one.state is DriftState.DRIFTED for _, one in rows),
        unknown=sum(one is None or one.state is DriftState.UNKNOWN for _, one in rows),
        deploys=given.changes is not None,
        plans=given.changes is not None,
        drift_word=lambda state: drift_word(state, translate),
        difference_word=lambda kind: difference_word(kind, translate),
        unchecked=DriftState.UNKNOWN,
    )


def drift_rows(seen: Snapshot) -> list[tuple[str, DeviceDrift | None]]:
    """Every device that the declaration is brought to; None for one that was never checked."""
    known = read_drift(seen.session)
    return [(device.name, known.get(device.name)) for device in seen.site.deployed]
