"""The page of the compliance rules: rule by device, what is broken where, and the exceptions."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.compliance.rules_check import ComplianceState
from ops_core.kernel.i18n import translations
from ops_core.kernel.permissions import Permission
from wallboard.compliance.view import URGENCY, ChosenRules, RuleFilter, read_compliance
from wallboard.compliance.words import rule_state_word, rule_text, unknown_word
from wallboard.web import SignedInReader
from wallboard.work import Reading

router = APIRouter(include_in_schema=False)


@router.get("/network/compliance")
async def show_compliance(
    reader: SignedInReader, read: Reading, chosen: ChosenRules
) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "compliance")
    view = await read(lambda seen: read_compliance(seen, chosen))
    translate, language = translations(reader.language).gettext, reader.language
    return reader.page(
        "console/compliance.html",
        view=view,
        chosen=chosen,
        is_chosen=chosen != RuleFilter(),
        states=URGENCY,
        kept=ComplianceState.KEPT,
        state_word=lambda state: rule_state_word(state, translate),
        unknown_word=lambda verdict: unknown_word(verdict, translate),
        text=lambda text: rule_text(text, language),
    )
