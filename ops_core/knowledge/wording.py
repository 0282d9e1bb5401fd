"""What may be written into the knowledge base: bounded, without control characters (pure)."""

import re
import unicodedata

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.masking import ID_LIKE, PHONE_LIKE, normal_number, readings

LINE_LIMIT = 200
TEXT_LIMIT = 4_000
BODY_LIMIT = 20_000
_BREAKS = {"\n", "\t"}
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def checked_line(text: str, what: Message, limit: int = LINE_LIMIT) -> str:
    """A line that has to be filled in. Raises :class:`Invalid`; ``what`` names it."""
    return _checked(" ".join(text.split()), what, limit)


def checked_text(text: str, what: Message, limit: int = TEXT_LIMIT) -> str:
    """The same over several lines."""
    return _checked(text.replace("\r\n", "\n").replace("\r", "\n").strip(), what, limit)


def checked_public(text: str, what: Message, limit: int) -> str:
    """A text that whoever calls may be read: it holds no number of a private person.

    Public telephones of offices are what people ask for, mobile and identity numbers are not.
    """
    checked = checked_text(text, what, limit)
    if any(map(_is_of_a_person, readings(checked))):
        raise Invalid(
            "知识中含有个人号码",
            message("{what} 中有手机号码或身份证号码。", what=what),
            "请改用单位的公开电话，或删去个人号码。",
        )
    return checked


def _is_of_a_person(folded: str) -> bool:
    numbers = (normal_number(found[0]) for found in PHONE_LIKE.finditer(folded))
    return bool(ID_LIKE.search(folded)) or any(map(_MOBILE.fullmatch, numbers))


def _checked(text: str, what: Message, limit: int) -> str:
    if not text:
        raise Invalid("内容未填写", message("{what} 没有填写。", what=what), "请填写后再提交。")
    if len(text) > limit:
        raise Invalid(
            "内容过长",
            message("{what} 有 {length} 字。", what=what, length=len(text)),
            message("请控制在 {limit} 字以内。", limit=limit),
        )
    if any(_is_control(character) for character in text):
        raise Invalid(
            "内容含有控制字符",
            message("{what} 中有不可见的控制字符。", what=what),
            "请重新键入，或粘贴为纯文本。",
        )
    return text


def _is_control(character: str) -> bool:
    return character not in _BREAKS and unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")
