"""The words of adjudications for templates, in the reader's language."""

from ops_core.hotline.adjudications.kinds import (
    CAUSE_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    NATURE_WORDS,
    AdjudicationCause,
    AdjudicationKind,
    EventLevel,
)
from ops_core.hotline.adjudications.model import STATE_WORDS, STEP_WORDS, AdjudicationState
from ops_core.hotline.adjudications.service import EVENT_TYPES
from ops_core.kernel.i18n import Message, translate
from wallboard.web import Reader

_STEP_OF = {kind: step for step, kind in EVENT_TYPES.items()}


def matter_vocabulary(reader: Reader) -> dict[str, object]:
    """What templates call kinds, states, causes and steps by."""

    def localized(text: Message) -> str:
        return translate(text, reader.language)

    return {
        "matter_kind_word": lambda kind: localized(KIND_WORDS[AdjudicationKind(kind)]),
        "matter_state_word": lambda state: localized(STATE_WORDS[AdjudicationState(state)]),
        "matter_cause_word": lambda cause: localized(CAUSE_WORDS[AdjudicationCause(cause)]),
        "matter_nature_word": lambda nature: localized(NATURE_WORDS[nature]),
        "matter_level_word": lambda level: localized(LEVEL_WORDS[EventLevel(level)]),
        "matter_event_word": lambda event: localized(STEP_WORDS[_STEP_OF[event.type]]),
    }
