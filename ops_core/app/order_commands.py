"""``zhishou orders ...`` with the answers that only a person gives: each with a password.

A direct answer (直接答复) joins an order and the knowledge base, which do not know each other.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from device_configs.site import load_site
from ops_core.hotline.orders.cli import orders
from ops_core.hotline.orders.order import Order
from ops_core.hotline.orders.particulars import Particulars
from ops_core.hotline.orders.service import ORDER, take_step
from ops_core.hotline.orders.step_commands import AsJson, Number, Version, show_order
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.command_line import stored
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.personal_commands import who_signs_in, work_in_person
from ops_core.kernel.settings import load_settings
from wallboard.intake.citing import cited_by

Text = Annotated[str, typer.Option("--remark", help="What the citizen is answered.")]
Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@orders.command("answer")
def answer(
    number: Number,
    remark: Text,
    version: Version = None,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Give the citizen of a web order the first answer, as a person."""

    def act(uow: UnitOfWork) -> Order:
        site = load_site(load_settings().inventory)
        return take_step(uow, site, number, Step.ANSWER, remark=remark, version=version)

    _in_person(number, Step.ANSWER, who, password_stdin, as_json, act)


@orders.command("answer-directly")
def answer_directly(
    number: Number,
    cite: Annotated[
        list[str], typer.Option("--cite", help="As K-20261124-0001/2; may be given repeatedly.")
    ],
    remark: Text,
    version: Version = None,
    who: Who = "",
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Answer it out of the knowledge base, as a person: no unit has it."""
    step = Step.ANSWER_DIRECTLY

    def act(uow: UnitOfWork) -> Order:
        site = load_site(load_settings().inventory)
        given = Particulars(cited=cited_by(uow, step, cite))
        return take_step(uow, site, number, step, "", remark, version, given)

    _in_person(number, step, who, password_stdin, as_json, act)


def _in_person(
    number: str,
    step: Step,
    who: str,
    password_stdin: bool,
    as_json: bool,
    act: Callable[[UnitOfWork], Order],
) -> None:
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (ORDER, number), step.value) as uow:
            order = act(uow)
    show_order(order, as_json)
