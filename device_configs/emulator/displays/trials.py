"""What waits for a confirmation, and what was committed (pure; VRP 8)."""

from datetime import UTC, datetime

from device_configs.emulator.asking import Asked, BoxReply, OperatorCommand, Words


def _trial_status(asked: Asked, _: Words) -> BoxReply:
    trial = asked.state.trial
    if trial is None:
        return asked.reply("Trial status: INACTIVE")
    left = max(0, round(trial.deadline - asked.state.now))
    identity = () if trial.persist is None else (f"Persist id: {trial.persist}",)
    return asked.reply("Trial status: ACTIVE", *identity, f"Trial time left (sec): {left}")


def _commit_list(asked: Asked, words: Words) -> BoxReply:
    points = tuple(reversed(asked.state.commits))
    if words == ("verbose",):
        lines: list[str] = []
        for at, point in enumerate(points, start=1):
            lines += [
                f"{at}) CommitId: {point.number}",
                f"   Label: {point.label or '-'}",
                f"   User: {point.user}",
                "   User-Intf: VTY 0",
                "   Type: CLI",
                f"   TimeStamp: {_time(point.at)}",
                f"   Description: {point.description}",
            ]
        return asked.reply(*lines)
    rule = "-" * 79
    heading = f"{'No.':<5}{'CommitId':<13}{'Label':<22}{'User':<16}TimeStamp"
    rows = [
        f"{at:<5}{point.number:<13}{point.label or '-':<22}{point.user:<16}{_time(point.at)}"
        for at, point in enumerate(points, start=1)
    ]
    return asked.reply(rule, heading, rule, *rows, rule)


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}+00:00"


TRIAL_DISPLAYS = (
    OperatorCommand("display configuration trial status", _trial_status),
    OperatorCommand("display configuration commit list ...", _commit_list),
)
