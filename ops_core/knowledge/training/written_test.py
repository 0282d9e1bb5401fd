"""A short test as a person types it: one question a line (pure)."""

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.knowledge.training.model import TopicQuestion

RIGHT = "*"


def questions_of(text: str) -> tuple[TopicQuestion, ...]:
    """``题目 | 选项 | *正确的选项``, a line each; nothing for no line.

    Raises :class:`Invalid` for a line without exactly one right option.
    """
    lines = [line.strip() for line in text.replace("｜", "|").splitlines()]
    return tuple(_question(line) for line in lines if line)


def _question(line: str) -> TopicQuestion:
    asked, *options = (part.strip() for part in line.split("|"))
    right = [n for n, option in enumerate(options, start=1) if option.startswith(RIGHT)]
    if len(right) != 1:
        raise Invalid(
            "题目不合要求",
            message("{line}：须有且只有一个选项以 * 开头。", line=line),
            "每行写成：题目 | 选项 | *正确的选项。",
        )
    plain = tuple(option.removeprefix(RIGHT).strip() for option in options)
    return TopicQuestion(asked, plain, right[0])
