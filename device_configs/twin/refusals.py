"""What the twin refuses, and what to do instead."""

from http import HTTPStatus

from device_configs.twin.protocol import (
    ErrorKind,
    Failure,
)
from device_configs.twin.state import NODE_STATE_WORDS, NodeState
from ops_core.kernel.errors import DomainError
from ops_core.kernel.i18n import message


class TwinError(DomainError):
    """The twin did not do what was asked."""

    default_status = HTTPStatus.INTERNAL_SERVER_ERROR


class TwinNotRunning(TwinError):
    """Nobody answers on the control socket."""

    default_status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 4

    def __init__(self) -> None:
        super().__init__("孪生网络没有运行", remedy="先运行 zhishou twin up 或 make run")


class TwinNotReady(TwinError):
    """The twin is still starting."""

    default_status = HTTPStatus.SERVICE_UNAVAILABLE
    exit_code = 4

    def __init__(self) -> None:
        super().__init__("孪生网络正在启动", remedy="等到 zhishou twin status 显示 ready")


class UnknownElement(TwinError):
    """No such device, seat or link; ``nearest`` look like the name that was given."""

    default_status = HTTPStatus.NOT_FOUND
    exit_code = 3

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        remedy = message("相近的名称：{names}", names="、".join(nearest)) if nearest else ""
        super().__init__(message("孪生网络中没有 {name}", name=name), remedy=remedy)
        self.name = name
        self.nearest = nearest


class CommandRefused(TwinError):
    """The command makes no sense in the element's present state."""

    default_status = HTTPStatus.CONFLICT
    exit_code = 4

    def __init__(self, name: str, state: NodeState) -> None:
        super().__init__(
            message(
                "{name} 现在的状态是 {state}，不能执行", name=name, state=NODE_STATE_WORDS[state]
            ),
            remedy=message("先运行 zhishou twin start {name}", name=name),
        )
        self.name = name
        self.state = state


def error_of(failure: Failure) -> TwinError:
    match failure:
        case Failure(kind=ErrorKind.UNKNOWN_NAME):
            return UnknownElement(failure.name, failure.nearest)
        case Failure(kind=ErrorKind.REFUSED, state=NodeState() as state):
            return CommandRefused(failure.name, state)
        case Failure(kind=ErrorKind.NOT_READY):
            return TwinNotReady()
        case _:
            return TwinError("孪生网络未能完成命令", detail=failure.text)
