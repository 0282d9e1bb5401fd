"""``zhishou orders dispatch|sign|reply|...``: the steps of an order, one command each.

The machine's operator takes those of the operator's side. A unit's steps are its own people's: with
``ZHISHOU_TOKEN`` a command acts in the name of the token's account. Steps that are an answer and
nothing else are a person's, with a password (:mod:`ops_core.app.order_commands`).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

import typer
from pydantic import JsonValue

from device_configs.site import load_site
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import (
    NO_PARTICULARS,
    DeclineReason,
    EmergencyService,
    Particulars,
)
from ops_core.hotline.orders.service import NEEDS_REMARK, take_step
from ops_core.hotline.orders.step_words import STATE_WORDS
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.command_line import operators_work, print_json
from ops_core.kernel.i18n import translate
from ops_core.kernel.settings import load_settings

Number = Annotated[str, typer.Argument(help="For example W-20261124-00001.")]
Remark = Annotated[str, typer.Option("--remark", help="Why, or what was done.")]
Version = Annotated[
    int | None, typer.Option("--version", help="Refuse when the order has another version.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]

HELP: Mapping[Step, str] = MappingProxyType(
    {
        Step.SIGN: "The unit takes it on.",
        Step.RETURN: "The unit gives it back as not its own.",
        Step.DISPUTE: "The unit objects to having been given it.",
        Step.UPHOLD: "Agree with the unit's objection.",
        Step.REJECT: "Turn the unit's objection down.",
        Step.REPLY: "The unit says what it did.",
        Step.APPROVE: "Let the unit's reply pass.",
        Step.REWORK: "Hand the unit's reply back.",
        Step.NOTE: "The unit says how far it has come.",
        Step.COMPLETE: "The unit completes it; a callback opens.",
        Step.GRANT: "The purchaser gives the time that was asked for.",
        Step.REFUSE: "The purchaser gives no more time.",
        Step.NUDGE: "Remind the unit.",
        Step.SUPERVISE: "The purchaser puts it under supervision.",
        Step.REOPEN: "Take one up again that has ended.",
        Step.CONFIRM: "Agree that it is not accepted.",
        Step.ADMIT: "Accept it after all.",
        Step.CO_REPLY: "A co-unit says what it contributed.",
        Step.HOLD: "The purchaser puts it on hold as it was asked.",
        Step.DENY_HOLD: "The purchaser does not put it on hold.",
        Step.RESUME: "The purchaser ends a hold.",
        Step.REDO: "The same unit handles it once more: the callback was dissatisfied.",
    }
)


def add_steps(group: typer.Typer) -> None:
    """Add a command for every step of an order that people take."""

    @group.command("dispatch")
    def dispatch(
        number: Number,
        unit: Annotated[str, typer.Option("--unit", help="Whom to, by a name of hotline.yml.")],
        urgency: Annotated[
            Urgency | None, typer.Option("--urgency", help="Of the first dispatch; ordinary.")
        ] = None,
        remark: Remark = "",
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Hand it to a unit."""
        given = Particulars(urgency=urgency or "")
        _take(number, Step.DISPATCH, unit, remark, version, as_json, given)

    @group.command("extend")
    def extend(
        number: Number,
        days: Annotated[int, typer.Option("--days", help="Working days on top.")],
        remark: Annotated[str, typer.Option("--remark", help="Why.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """The unit asks for more time."""
        _take(number, Step.EXTEND, "", remark, version, as_json, Particulars(days=days))

    @group.command("decline")
    def decline(
        number: Number,
        reason: Annotated[DeclineReason, typer.Option("--reason", help="Out of the closed list.")],
        remark: Annotated[str, typer.Option("--remark", help="What the citizen is to be given.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Propose not to accept it."""
        given = Particulars(reason=reason.value)
        _take(number, Step.DECLINE, "", remark, version, as_json, given)

    @group.command("transfer")
    def transfer(
        number: Number,
        service: Annotated[EmergencyService, typer.Option("--service", help="Whom to.")],
        remark: Annotated[str, typer.Option("--remark", help="What was handed on.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Hand it on to an emergency service."""
        given = Particulars(service=service.value)
        _take(number, Step.TRANSFER, "", remark, version, as_json, given)

    @group.command("merge")
    def merge(
        number: Number,
        lead: Annotated[str, typer.Option("--into", help="The order that is worked on instead.")],
        remark: Remark = "",
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Merge it into another order about the same matter."""
        _take(number, Step.MERGE, "", remark, version, as_json, Particulars(lead=lead))

    @group.command("enlist")
    def enlist(
        number: Number,
        unit: Annotated[str, typer.Option("--unit", help="By a name of hotline.yml.")],
        remark: Annotated[str, typer.Option("--remark", help="What it is asked for.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Ask another unit to contribute."""
        _take(number, Step.ENLIST, "", remark, version, as_json, Particulars(co_unit=unit))

    @group.command("co-missing")
    def co_missing(
        number: Number,
        unit: Annotated[str, typer.Option("--unit", help="Whose reply will not come.")],
        remark: Annotated[str, typer.Option("--remark", help="Why.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """Put on record that a co-unit's reply is missing."""
        _take(number, Step.CO_MISSING, "", remark, version, as_json, Particulars(co_unit=unit))

    @group.command("suspend")
    def suspend(
        number: Number,
        until: Annotated[str, typer.Option("--until", help="Day of review, as 2026-12-31.")],
        remark: Annotated[str, typer.Option("--remark", help="The long-term cause.")],
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        """The unit asks to put it on hold."""
        _take(number, Step.SUSPEND, "", remark, version, as_json, Particulars(until=until))

    @group.command("undo")
    def undo(number: Number, version: Version = None, as_json: AsJson = False) -> None:
        """Take one's own last step back, within a minute; both stay on record."""
        from ops_core.hotline.orders.undoing import undo as take_back

        site = load_site(load_settings().inventory)
        with operators_work() as uow:
            order = take_back(uow, site, number, version)
        show_order(order, as_json)

    for step, purpose in HELP.items():
        group.command(step.value.replace("_", "-"), help=purpose)(_command_of(step))


def _command_of(step: Step) -> Callable[..., None]:
    required = step in NEEDS_REMARK

    def take(
        number: Number,
        remark: Remark = ... if required else "",  # type: ignore[assignment]  # required
        version: Version = None,
        as_json: AsJson = False,
    ) -> None:
        _take(number, step, "", remark, version, as_json)

    return take


def _take(
    number: str,
    step: Step,
    unit: str,
    remark: str,
    version: int | None,
    as_json: bool,
    particulars: Particulars = NO_PARTICULARS,
) -> None:
    site = load_site(load_settings().inventory)
    with operators_work() as uow:
        order = take_step(uow, site, number, step, unit, remark, version, particulars)
    show_order(order, as_json)


def show_order(order: Order, as_json: bool) -> None:
    """What a command says of the order after its step."""
    if as_json:
        print_json(_document(order))
    else:
        word = translate(STATE_WORDS[order.state], load_settings().language)
        typer.echo(f"{order.number}\t{word}\t{order.unit or '—'}")


def _document(order: Order) -> dict[str, JsonValue]:
    return {"number": order.number, "state": order.state.value, "unit": order.unit,
            "cycle": order.cycle, "version": order.version}  # fmt: skip
