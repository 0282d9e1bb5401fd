"""Sentences of requests, answers and remarks, made from small grammars (pure)."""

from dataclasses import dataclass

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.hotline.demonstration.dice import Dice
from ops_core.hotline.demonstration.matters import matter_of

_PLACES = ("一街道", "一商业街", "一镇", "一开发区", "一城郊结合部", "一主干道旁", "一村")
_HOMES = ("一小区", "一老旧小区", "一安置小区", "一家属院", "一公寓")
_BUILDINGS = ("3号楼", "6号楼", "二单元", "北区", "沿街一栋", "最后一排楼")
_SINCE = ("三天了", "一周多来", "半个月来", "上周起", "近一个月", "从昨天起", "入冬以来", "节后")
_NUMBERS = ("两", "三", "四", "五", "六")
_PEOPLE = ("八", "十二", "十五", "二十余", "三十余")
_DEGREES = ("12", "13", "14", "15", "16")
_EFFECTS = (
    "家里有老人和孩子，影响正常生活", "周边住户意见很大", "已影响正常出行", "多次联系对方没有答复",
    "之前反映过，说会处理但没有下文", "对方以各种理由推脱", "担心发生安全事故",
)  # fmt: skip
_WISHES = (
    "希望尽快解决", "请有关部门核实处理", "要求限期整改并给予答复", "希望给出明确的解决时间",
    "请协调处理并回电", "希望加强日常监管",
)  # fmt: skip
_REPORTERS = ("市民反映", "诉求人反映", "诉求人称")
_ASKERS = ("诉求人咨询", "市民想了解", "诉求人询问")
_FURTHER = (
    "，网上查到的说法不一致，想核实一下", "，本人不方便到窗口", "，家中老人不会用手机办理",
    "，想知道周末能不能办", "", "", "",
)  # fmt: skip
_SUGGESTIONS = (
    "建议增设线上办理入口",
    "建议延长窗口服务时间",
    "建议公开办理进度",
    "建议增加便民设施",
)
_PRAISES = ("工作人员耐心细致", "处理速度快、态度好", "主动上门解决了问题")
_FIRST_ANSWERS = (
    "您好，您的诉求已收到，将转交承办单位办理，办理情况会及时告知您。",
    "您好，已核实您反映的情况并登记工单，承办单位将与您联系。",
    "您好，感谢您的来信，相关部门正在核实，有进展会第一时间答复。",
)
_FAMILY_NAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何林高罗"
_TITLES = ("先生", "女士")

_RETURNS = (
    "经核实该事项不属我单位职责范围，请改派相关主管部门。",
    "所反映地点不在本单位管辖区域，申请退回。",
    "该事项已明确由其他部门牵头，建议改派。",
)
_DISPUTES = (
    "该事项涉及多个部门，对派单有异议，请复核主办单位。",
    "根据职责清单，建议由属地政府主办，请予裁定。",
)
_UPHELD = ("经复核，异议成立，退回重新派单。", "职责清单核对无误，同意退回改派。")
_REJECTED = ("经复核，派单符合目录规定，请贵单位签收办理。", "该类别由贵单位主办，异议不成立。")
_EXTENSIONS = (
    "涉及多个单位，需现场会商，已告知诉求人。",
    "需委托检测，结果尚未出具，已告知诉求人。",
    "施工受天气影响，已告知诉求人。",
)
_REWORKS = (
    "答复未说明具体处理结果，请补充后重新答复。",
    "未见与诉求人联系的记录，请联系后再答复。",
    "答复与诉求内容不对应，请核实。",
)
_CONTACTED = ("已与诉求人电话联系，", "已现场核实，", "接单后安排专人负责，", "经研究，")
_THANKED = ("诉求人表示理解。", "已将结果告知诉求人。", "感谢对我们工作的监督。", "")
_COMPLETIONS = ("诉求人认可处理结果，予以办结。", "办理完毕。", "已答复诉求人，予以办结。")
_REOPENINGS = (
    "回访时诉求人表示问题仍未解决，重新交办。",
    "诉求人反映整改后又出现同样情况，请重新办理。",
)
_CALLBACK_REMARKS = {
    "yes": ("诉求人确认问题已解决。", "对处理结果表示认可。", ""),
    "partly": ("部分解决，剩余事项承诺本月完成。", "诉求人希望跟进后续整改。"),
    "no": ("诉求人表示问题未解决。", "诉求人称承办单位未与其联系。"),
    "not_said": ("诉求人未明确表态。", ""),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A request in words; ``answer`` is what is said to it: on the spot, or by the unit."""

    title: str
    text: str
    answer: str


def request_words(dice: Dice, site: Site, kind: CaseKind, category: str, region: str) -> Wording:
    """What somebody wants, in one or two sentences."""
    hotline = site.hotline
    title = hotline.category_of[category].title.zh
    matter = matter_of(category)
    slots = _slots(dice, title, hotline.region_of[region].title.zh)
    if kind is CaseKind.CONSULTATION:
        head, asked, answer = (words.format_map(slots) for words in dice.pick(matter.questions))
        return Wording(f"咨询{head}", f"{dice.pick(_ASKERS)}{asked}{dice.pick(_FURTHER)}。", answer)
    if kind is CaseKind.PRAISE:
        text = f"诉求人对{title}方面的工作提出表扬，{dice.pick(_PRAISES)}。"
        return Wording(f"表扬{title}工作人员", text, "已登记并转达表扬。")
    head, trouble, done = (words.format_map(slots) for words in dice.pick(matter.troubles))
    if kind is CaseKind.SUGGESTION:
        text = f"诉求人反映{trouble}，{dice.pick(_SUGGESTIONS)}。"
        return Wording(f"关于{title}的建议", text, "建议已采纳，纳入年度改进计划。")
    text = f"{dice.pick(_REPORTERS)}{trouble}，{dice.pick(_EFFECTS)}，{dice.pick(_WISHES)}。"
    return Wording(head, text, done)


def requester_name(dice: Dice) -> str:
    """As people give it on the telephone: a family name and how to address them."""
    return dice.pick(_FAMILY_NAMES) + dice.pick(_TITLES)


def transferred_answer(dice: Dice) -> str:
    return dice.pick(("已转接专席继续解答。", "已三方通话转接主管部门答复。"))


def reply(dice: Dice, done: str) -> str:
    """What a unit says it did."""
    return f"{dice.pick(_CONTACTED)}{done}{dice.pick(_THANKED)}"


def first_answer(dice: Dice) -> str:
    return dice.pick(_FIRST_ANSWERS)


def return_reason(dice: Dice) -> str:
    return dice.pick(_RETURNS)


def dispute_reason(dice: Dice) -> str:
    return dice.pick(_DISPUTES)


def verdict(dice: Dice, upheld: bool) -> str:
    return dice.pick(_UPHELD if upheld else _REJECTED)


def extension_reason(dice: Dice) -> str:
    return dice.pick(_EXTENSIONS)


def rework_reason(dice: Dice) -> str:
    return dice.pick(_REWORKS)


def completion(dice: Dice) -> str:
    return dice.pick(_COMPLETIONS)


def reopening_reason(dice: Dice) -> str:
    return dice.pick(_REOPENINGS)


def callback_remark(dice: Dice, resolved: str) -> str:
    return dice.pick(_CALLBACK_REMARKS[resolved])


def _slots(dice: Dice, title: str, region: str) -> dict[str, str]:
    return {
        "title": title,
        "place": region + dice.pick(_PLACES),
        "home": region + dice.pick(_HOMES),
        "building": dice.pick(_BUILDINGS),
        "since": dice.pick(_SINCE),
        "times": dice.pick(_NUMBERS),
        "people": dice.pick(_PEOPLE),
        "degrees": dice.pick(_DEGREES),
    }
