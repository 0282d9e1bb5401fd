"""``zhishou orders deadlines ...``: what is in force, and the words of both sides on the next."""

import json
from pathlib import Path
from typing import Annotated

import typer

from device_configs.site import load_site
from device_configs.site.model import Site
from ops_core.hotline.deadline_policies.model import (
    POLICY_STATE_WORDS,
    DeadlinePolicy,
    PolicyDraft,
    PolicyStep,
)
from ops_core.hotline.deadline_policies.rules import rules_of
from ops_core.hotline.deadline_policies.service import decide_policy, draft_policy
from ops_core.hotline.deadline_policies.store import (
    DEADLINE_POLICY,
    list_policies,
    policy_detail,
    rules_in_force,
)
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.command_line import command_group, print_json, stored
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message, translate
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.personal_commands import who_signs_in, work_in_person
from ops_core.kernel.settings import load_settings
from ops_core.kernel.times import date_time, local_instant

deadlines = command_group(
    "deadlines", "Working days of orders: one side drafts a version, the other side approves it."
)

Who = Annotated[str, typer.Option("--as", help="Your user name; the password is asked for.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
ShowsJson = Annotated[bool, typer.Option("--json", help="The same: it is one JSON document.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


@deadlines.command("show")
def show(_as_json: ShowsJson = False) -> None:
    """The rules in force now, as JSON: what `draft` takes."""
    with stored() as database, database.reading() as session:
        _, rules = rules_in_force(session, _site().hotline, SystemClock().now())
    print_json(rules.as_detail())


@deadlines.command("list")
def show_list(as_json: AsJson = False) -> None:
    """Every version, the newest first."""
    with stored() as database, database.reading() as session:
        found = list_policies(session)
    if as_json:
        print_json(
            [
                {"version": one.version, **policy_detail(one), "rules": one.rules.as_detail()}
                for one in found
            ]
        )
        return
    for one in found:
        _print(one)


@deadlines.command("draft")
def draft(
    rules: Annotated[Path, typer.Argument(help="A JSON file such as `show` prints.")],
    effective_from: Annotated[str, typer.Option("--from", help="As 2026-12-24T00:00, local.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, or the document's number.")],
    who: Who = "",
    password_stdin: FromInput = False,
) -> None:
    """Draft a version; the other side decides."""
    proposed = PolicyDraft(rules_of(_read(rules)), local_instant(effective_from), reason)
    site = _site()
    with stored() as database:
        actor = who_signs_in(database, who, password_stdin)
        with work_in_person(database, actor, (DEADLINE_POLICY, "new"), "draft") as uow:
            _print(draft_policy(uow, site, proposed))


def _add_step(step: PolicyStep, help_text: str) -> None:
    def take(
        version: Annotated[int, typer.Argument(help="The version's number.")],
        text: Annotated[str, typer.Option("--reason", help="Why.")] = "",
        who: Who = "",
        password_stdin: FromInput = False,
    ) -> None:
        with stored() as database:
            actor = who_signs_in(database, who, password_stdin)
            subject = (DEADLINE_POLICY, str(version))
            with work_in_person(database, actor, subject, step.value) as uow:
                _print(decide_policy(uow, version, step, text))

    deadlines.command(step.value, help=help_text)(take)


_add_step(PolicyStep.APPROVE, "Approve what the other side drafted.")
_add_step(PolicyStep.REFUSE, "Refuse what the other side drafted, with a reason.")
_add_step(PolicyStep.WITHDRAW, "Take an own draft back.")


def _read(path: Path) -> JsonObject:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(
            "读不出时限文件",
            message("{path}：{error}", path=path, error=error),
            "请用 zhishou orders deadlines show 得到一份再改。",
        ) from error
    return found if isinstance(found, dict) else {}


def _print(one: DeadlinePolicy) -> None:
    word = translate(POLICY_STATE_WORDS[one.state], load_settings().language)
    typer.echo(f"{one.version}\t{word}\t{date_time(one.effective_from)}\t{one.reason}")


def _site() -> Site:
    return load_site(load_settings().inventory)
