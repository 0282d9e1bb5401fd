"""Whatever a person can be found by is masked, by its kind and however it was typed."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_core.kernel import masking
from ops_core.kernel.masking import fold, is_card, mask_text

SEPARATORS = [
    "",
    " ",
    "-",
    "/",
    ",",
    "、",
    "_",
    "*",
    "|",
    ":",
    "；",
    "—",
    "~",
    "·",
    "。",
    "\t",
    "'",
]
UNSEEN = ["\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u202e", "\ufe0f", "\x00", "\x1b"]
SCRIPTS = [
    "0123456789",
    "０１２３４５６７８９",
    "〇一二三四五六七八九",
    "零壹贰叁肆伍陆柒捌玖",
    "零幺二三四五六七八九",
    "٠١٢٣٤٥٦٧٨٩",
    "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "⓪①②③④⑤⑥⑦⑧⑨",
]
NUMBERS = {
    "mobile": "13800138000",
    "landline": "037162781234",
    "landline of an old area": "01062781234",
    "identity number": "410102199001011234",
    "identity number of fifteen digits": "410102900101123",
    "bank card of UnionPay": "6222021234567890123",
    "bank card by its check digit": "4111111111111111",
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_is_found_in_any_script_and_with_any_separator(number: str, script: str) -> None:
    written = number.translate(str.maketrans("0123456789", script))
    for apart in [*SEPARATORS, *UNSEEN, " \u200b- "]:
        for size in (1, 3, 4):
            groups = [written[i : i + size] for i in range(0, len(written), size)]
            shown = mask_text(f"请回复{apart.join(groups)}，谢谢")
            assert "*" in shown
            assert number not in "".join(c for c in fold(shown) if c.isdigit())


OTHERS = {
    "mail": ("zhang.san@qq.com", "zhang"),
    "mail, full width": ("ｚｈａｎｇｓａｎ＠１６３．ｃｏｍ", "ｈａｎｇ"),
    "mail with blanks": ("zhangsan @ qq . com", "hangsan"),
    "mail, spelt out": ("zhangsan(at)qq.com", "hangsan"),
    "mail with zero width": ("zhang\u200bsan@163.com", "hang"),
    "plate": ("豫A12345", "12345"),
    "plate with a dot": ("豫A·12345", "12345"),
    "plate of an electric car": ("豫AD12345", "D1234"),
    "plate, full width": ("豫Ａ１２３４５", "１２３４"),
    "plate, small letters": ("沪a b1234", "b1234"),
    "plate of the police": ("京A1234警", "1234"),
    "local number": ("联系电话：6278-1234", "6278"),
    "number abroad": ("+852 9123 4567", "9123"),
    "mail, all spelt out": ("zhang san at qq dot com", "an at"),
    "mail in Chinese words": ("zhangsan艾特qq点com", "hangsan"),
    "mail with asterisks": ("z*h*a*n*g@qq.com", "*h*a*n*g"),
    "account with an asterisk": ("微信：zhang*san*123", "san*123"),
    "letters as ones": ("l39 1234 567I", "1234 5"),
    "a separator in words": ("139空格1234空格5678", "1234"),
    "another separator in words": ("139杠1234横杠5678", "1234"),
    "a long row of points": ("139....1234....5678", "1234"),
    "signs and blanks by turns": ("139 - - 1234 - - 5678", "1234"),
    "an ellipsis in Chinese": ("139……1234——5678", "1234"),
    "letters as zeros": ("138OO138OOO", "OO138"),
    "account": ("微信号：zhangsan123", "angsan"),
    "QQ": ("QQ：12345678", "345678"),
    "passport": ("护照号E12345678", "12345678"),
}


@pytest.mark.parametrize(("text", "hidden"), OTHERS.values(), ids=OTHERS.keys())
def test_what_else_leads_to_a_person_is_masked(text: str, hidden: str) -> None:
    shown = mask_text(f"他说{text}，请回复")
    assert "*" in shown
    assert hidden not in shown


BEHIND = ["O", "o", "O5", "OO", "ok", " O", "O。"]


@pytest.mark.parametrize(
    ("number", "behind"),
    [
        *product(["13912345678", "037165012345", "110101199003070011"], BEHIND),
        ("139123O5678", "O"),
        ("139123O5678", "。"),
    ],
)
def test_a_letter_behind_a_number_that_may_be_a_zero_hides_nothing(
    number: str, behind: str
) -> None:
    shown = mask_text(f"请回电{number}{behind}，谢谢")
    assert number not in shown
    assert "*" in shown


@pytest.mark.parametrize(
    "text",
    [
        "收费时间2026-11-24 18:05:33至2026-11-24 19:05:33",
        "交换机SW-A1-01在2026-11-24 13:45:12.123重启，地址10.0.0.1",
        "sw-a @ 10.0.0.1 up",
        "一二三四五六七八九十",
        "晋升A级，新A1区12345号",
        "请在微信公众号zhengzhou12345留言，金额1,380,013.80元",
        "2026年11月24日第20261124000123号",
        "138****5678，2026年；139****1234 0371",
        "上午9点到11点，13点后，第3点com口，减1点5个，1l水",
        "端口Gi1/0/1的dot1q，VLAN 10 - 20，空格1个",
    ],
)
def test_what_leads_to_nobody_stays(text: str) -> None:
    assert mask_text(text) == text


PIECES = [
    *SEPARATORS, *UNSEEN, *"0123456789１３９①〇一三八零幺壹Aa豫京@.＠。Ee警",
    "电话", "微信", "QQ", "护照", "空格", "横杠", "艾特", "点", " dot ", "l", "I", "....",
    "at", "+86", "qq.com", "13800138000", "6222021234567890123", "豫A12345",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_masking_twice_is_masking_once_whatever_is_put_in_a_row(text: str) -> None:
    shown = mask_text(text)
    assert mask_text(shown) == shown
    assert len(fold(text)) == len(text)


def test_a_card_has_unionpays_beginning_or_a_right_check_digit() -> None:
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")
    assert is_card("6222021234567890")


HOSTILE = [
    "a-", "a.", "a@a.", "a@", "a at b.", "QQ", "微信a", "电话2", "护照a1", "豫A1", "1\u200b", "0-",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_text_is_masked_in_a_bounded_number_of_steps(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = piece * (10_000 // len(piece))
    rounds: list[int] = []
    once = masking._mask_once

    def counted(shown: str) -> str:
        rounds.append(1)
        return once(shown)

    monkeypatch.setattr(masking, "_mask_once", counted)
    shown = mask_text(text)
    assert len(rounds) <= 4
    assert mask_text(shown) == shown
