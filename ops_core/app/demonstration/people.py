"""Accounts with which a newcomer tries the pages of every role; what their owners do is real."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from device_configs.site.model import Site
from ops_core.hotline.demonstration.cast import GUEST_AGENT
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.identity import create_user, generate_password, list_users
from ops_core.kernel.permissions import Role


@dataclass(frozen=True, slots=True)
class SignIn:
    """An account made just now: its password is not known anywhere else."""

    name: str
    password: str
    roles: Sequence[Role]
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    display_name: str
    role: Role
    unit: str = ""


def ensure_people(uow: UnitOfWork, site: Site) -> tuple[SignIn, ...]:
    """Add an account for each role of the hotline that has none yet; returns those made now."""
    known = {user.name for user in list_users(uow.session)}
    made = []
    for person in _people(site):
        if person.name in known:
            continue
        password = generate_password()
        create_user(uow, person.name, person.display_name, password, (person.role,), person.unit)
        made.append(SignIn(person.name, password, (person.role,), person.display_name))
    return tuple(made)


def sign_in_table(sign_ins: Sequence[SignIn]) -> Iterator[str]:
    """One line each: name, password, what it is; in columns, ready to copy."""
    for sign_in in sign_ins:
        several = len(sign_in.roles) > 1
        title = sign_in.title or "管理员"
        roles = "everything of the operator's" if several else sign_in.roles[0].value
        yield f"{sign_in.name:<22}{sign_in.password:<28}{_padded(title, 26)}{roles}"


def _people(site: Site) -> tuple[_Person, ...]:
    unit = site.hotline.units[0]
    return (
        _Person(GUEST_AGENT, "演示话务员", Role.AGENT),
        _Person("demo.dispatcher", "演示派单员", Role.DISPATCHER),
        _Person("demo.supervisor", "演示值班长", Role.SUPERVISOR),
        _Person("demo.callback", "演示回访员", Role.CALLBACK_AGENT),
        _Person("demo.editor", "演示知识管理员", Role.KNOWLEDGE_EDITOR),
        _Person("demo.purchaser", "演示采购人代表", Role.PURCHASER_SUPERVISOR),
        _Person(
            f"demo.{unit.name}"[:32], f"演示{unit.title.zh}经办人", Role.UNIT_HANDLER, unit.name
        ),
    )


def _padded(text: str, columns: int) -> str:
    """Chinese characters take two columns of a terminal."""
    wide = sum(east_asian_width(character) in "WF" for character in text)
    return text + " " * max(1, columns - len(text) - wide)
