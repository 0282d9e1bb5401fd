"""``zhishou indicators exemptions ...``: list, request, approve, refuse, withdraw."""

from datetime import timedelta
from typing import Annotated

import typer

from device_configs.site import load_site
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.personal_commands import who_signs_in, work_in_person
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time, local_instant
from ops_core.kpi.assessment.exempting import (
    decide_exemption,
    indicators_named,
    request_exemption,
)
from ops_core.kpi.assessment.exemption_store import (
    EXEMPTION,
    ExemptionFilter,
    exemption_detail,
    list_exemptions,
)
from ops_core.kpi.assessment.exemptions import (
    Exemption,
    ExemptionRequest,
    ExemptionState,
    ExemptionStep,
)

exemptions = command_group(
    "exemptions", "What leaves the figures: the operator asks, the purchaser decides."
)

Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_INSTANT = timedelta(microseconds=1)


@exemptions.command("list")
def show_list(
    state: Annotated[ExemptionState | None, typer.Option("--state", help="Of one state.")] = None,
    as_json: AsJson = False,
) -> None:
    """Exemptions, the latest requested first."""
    with stored() as database, database.reading() as session:
        found = list_exemptions(session, ExemptionFilter(state))
    if as_json:
        print_json([{"number": one.number, **exemption_detail(one)} for one in found])
        return
    for one in found:
        _print(one)


@exemptions.command("request")
def request(
    indicator: Annotated[list[int], typer.Option("--indicator", help="May be given repeatedly.")],
    start: Annotated[str, typer.Option("--from", help="As 2026-11-24T08:30, local time.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    evidence: Annotated[str, typer.Option("--evidence", help="The document that bears it out.")],
    end: Annotated[str, typer.Option("--to", help="End of the window.")] = "",
    record: Annotated[
        str, typer.Option("--record", help="One record, as order:W-20261124-00001.")
    ] = "",
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Ask that a window, or one record, leaves indicators."""
    opens = local_instant(start)
    closes = opens + _INSTANT if record else local_instant(end)
    asked = ExemptionRequest(indicators_named(indicator), opens, closes, reason, evidence, record)
    site = load_site(load_settings().inventory)
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (EXEMPTION, "new"), "request") as uow:
            _print(request_exemption(uow, site, asked))


def _add_step(step: ExemptionStep, help_text: str) -> None:
    def take(
        number: Annotated[str, typer.Argument(help="For example X-20261124-001.")],
        text: Annotated[str, typer.Option("--reason", help="Why.")] = "",
        who: Who = "",
        password_stdin: FromInput = False,
    ) -> None:
        with stored() as database:
            actor = who_signs_in(database, who, password_stdin)
            with work_in_person(database, actor, (EXEMPTION, number), step.value) as uow:
                _print(decide_exemption(uow, number, step, text))

    exemptions.command(step.value, help=help_text)(take)


_add_step(ExemptionStep.APPROVE, "Approve, for the purchaser: good and bad leave the figures.")
_add_step(ExemptionStep.REFUSE, "Refuse, for the purchaser, with a reason.")
_add_step(ExemptionStep.WITHDRAW, "Take an own request back.")


def _print(one: Exemption) -> None:
    asked = one.request
    scope = asked.record or f"{date_time(asked.start)} - {date_time(asked.end)}"
    numbers = ",".join(map(str, asked.indicators))
    typer.echo(f"{one.number}\t{one.state}\t{numbers}\t{scope}\t{asked.reason}")
