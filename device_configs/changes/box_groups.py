"""Several boxes at the same time, the halves of a pair that copies in their order."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from device_configs.changes.box_steps import BoxSteps
from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer
from device_configs.changes.states import Place
from device_configs.drivers.bounded import each_device

COPIED_WITHIN_S, COPIED_PAUSE_S = 10.0, 0.5
"""How long the other half of a pair may take to copy a line."""
BoxGroup = tuple[str, ...]
"""A box, or both halves of a pair, the one first with which a step begins."""


def groups_of(boxes: BoxSteps, devices: Sequence[str]) -> list[BoxGroup]:
    """Halves of a firewall pair that are in one stage belong together, standby first."""
    left = list(devices)
    found: list[BoxGroup] = []
    for name in devices:
        if name not in left:
            continue
        left.remove(name)
        device = boxes.site.devices[name]
        if device.partner in left and device.role.hot_standby:
            left.remove(device.partner)
            found.append(_standby_first(boxes, name, device.partner))
        else:
            found.append((name,))
    return found


def _standby_first(boxes: BoxSteps, one: str, other: str) -> BoxGroup:
    return (one, other) if boxes.pair_role(one).endswith("_S") else (other, one)


@dataclass(frozen=True)
class GroupStep:
    """One step of a trial, as :class:`BoxSteps` has it."""

    boxes: BoxSteps
    step: Callable[[str, ChangeTrial], StepAnswer]
    trial: ChangeTrial

    def take(
        self, groups: Sequence[BoxGroup], workers: int, on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        """Groups at the same time, the boxes of one in order; ``on_answer`` is called as soon as a
        group is through."""
        found: dict[str, StepAnswer] = {}
        for outcome in each_device(groups, self._one_group, workers):
            if outcome.result is None:
                words = self.boxes.words(outcome.error)
                answers = dict.fromkeys(outcome.item, StepAnswer(Place.UNKNOWN, words))
            else:
                answers = outcome.result
            for name, answer in answers.items():
                found[name] = answer
                on_answer(name, answer)
        return found

    def _one_group(self, group: BoxGroup) -> dict[str, StepAnswer]:
        answers: dict[str, StepAnswer] = {}
        for name in group:
            answers[name] = self.boxes.settled(self.step, name, self.trial)
            if answers[name].message:  # the other half is not touched then
                break
        return answers if len(group) == 1 else self._both(group, answers)

    def _both(self, pair: BoxGroup, answers: Mapping[str, StepAnswer]) -> dict[str, StepAnswer]:
        """Where both halves are once what one made has been copied to the other."""
        words = {name: answers[name].message if name in answers else "" for name in pair}
        deadline = time.monotonic() + COPIED_WITHIN_S
        while True:
            found = {name: self.boxes.asked(name, self.trial, words[name]) for name in pair}
            is_one = len({one.place for one in found.values()}) == 1
            if is_one or any(words.values()) or time.monotonic() > deadline:
                return found
            time.sleep(COPIED_PAUSE_S)
