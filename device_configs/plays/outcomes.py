"""What a play that works for all hosts at once has to say of each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from device_configs.plays.controller import ControllerWork, at_controller
from ops_core.kernel.environment import language
from ops_core.kernel.errors import DomainError, problem_of


@dataclass(frozen=True)
class HostOutcome:
    """``problem`` says what is wrong, or, ``is_unknown``, why it is not known whether anything is;
    empty: nothing. ``diff`` is unified text of what was, or in check mode would be, changed."""

    problem: str = ""
    is_unknown: bool = False
    diff: str = ""

    def result(self) -> dict[str, JsonValue]:
        """The result of a task, as Ansible takes it."""
        return {
            "changed": bool(self.diff),
            "failed": bool(self.problem),
            "unknown": self.is_unknown,
            "msg": self.problem,
            "diff": [{"prepared": self.diff}] if self.diff else [],
        }


def result_for_all(
    find: Callable[[ControllerWork], Mapping[str, HostOutcome]], say: Callable[[str], None]
) -> dict[str, JsonValue]:
    """The result of the task that works for all hosts: ``hosts`` has that of each.

    What is refused fails the task, with the reason and the remedy.
    """
    try:
        found = at_controller(find, say)
    except DomainError as error:
        problem = problem_of(error, language())
        lines = (problem.title, problem.detail, problem.remedy)
        return {"failed": True, "msg": "\n".join(line for line in lines if line)}
    return {"changed": False, "hosts": {name: one.result() for name, one in found.items()}}
