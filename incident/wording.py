"""What is wrong, in one line for people, in both screen languages; pure."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from device_configs.site.model import Link, Site, Title
from monitors.alerts.model import AGENT_SILENT, FaultGroup, LossKind, RedundancyLoss, State
from monitors.alerts.rules import load_rules
from monitors.evidence import Element, ElementKind, Observation, Source

_SOURCES = {
    "icmp": Title.composed(zh="ICMP 探测", en="ICMP probe"),
    "snmp": Title.composed(zh="SNMP 轮询", en="SNMP poll"),
    "trap": Title.composed(zh="trap", en="trap"),
    "probe": Title.composed(zh="业务探测", en="service probe"),
    "netlink": Title.composed(zh="内核通告", en="kernel notice"),
    "rule": Title.composed(zh="规则", en="rule"),
}

_FINDINGS = {
    True: Title.composed(zh="正常", en="good"),
    False: Title.composed(zh="异常", en="bad"),
    None: Title.composed(zh="未知", en="unknown"),
}


def headline(site: Site, group: FaultGroup) -> Title:
    """The fault in one line: the common cause when there is one, else its roots."""
    causes = group.common_cause or group.roots
    if len(causes) > 1 and all(cause.kind is ElementKind.CONDITION for cause in causes):
        return _condition_of_many(causes)
    names = [element_title(site, element) for element in causes]
    what = _condition(causes[0], group.state)
    both = len(causes) > 1
    return Title.composed(
        zh="、".join(n.zh for n in names) + ("均" if both else "") + what.zh,
        en=(", ".join(n.en for n in names) + " " + what.en).strip(),
    )


def root_line(site: Site, group: FaultGroup) -> Title:
    """The roots themselves, exact to the port where a cable is meant."""
    texts = [_root(site, root, group.state) for root in group.roots]
    return Title.composed(zh="；".join(t.zh for t in texts), en="; ".join(t.en for t in texts))


def element_title(site: Site, element: Element) -> Title:
    """An element as people call it."""
    return _NAMES.get(element.kind, _by_name)(site, element)


def evidence_line(site: Site, observation: Observation) -> Title:
    """One observation as a sentence."""
    name = element_title(site, observation.element)
    source = _SOURCES.get(Source.family(observation.source))
    verdict = _FINDINGS[observation.ok]
    detail = f"（{observation.detail}）" if observation.detail else ""
    english = f" ({observation.detail})" if observation.detail else ""
    by = source or Title.composed(zh=observation.source, en=observation.source)
    return Title.composed(
        zh=f"{by.zh}：{name.zh} {verdict.zh}{detail}",
        en=f"{by.en}: {name.en} {verdict.en}{english}",
    )


def taken_over_by(site: Site, losses: Iterable[RedundancyLoss]) -> Title | None:
    """Who carries on for what was lost: the partner of a pair, the other circuits of a group."""
    for loss in losses:
        if loss.kind is LossKind.PAIR and loss.name in site.devices:
            left = site.devices[loss.name].partner
            if left is not None and left in site.devices:
                return site.devices[left].title
        if loss.kind is LossKind.CIRCUIT:
            others = [
                circuit.title
                for circuit in site.circuits.values()
                if circuit.group == loss.name and circuit.name != loss.detail
            ]
            if others:
                return _joined(others)
    return None


def _joined(titles: Iterable[Title]) -> Title:
    found = list(titles)
    return Title.composed(zh="、".join(t.zh for t in found), en=", ".join(t.en for t in found))


def _condition(element: Element, state: State) -> Title:
    match element.kind:
        case ElementKind.DEVICE if state is State.CUT:
            return Title.composed(
                zh="失联（断电或线缆中断）", en="is out of reach (power or cable)"
            )
        case ElementKind.DEVICE:
            return Title.composed(zh="停止工作", en="has stopped working")
        case ElementKind.LINK | ElementKind.CIRCUIT | ElementKind.PORT:
            return Title.composed(zh="链路中断", en="is cut")
        case ElementKind.SEAT_DISPLAY:
            return Title.composed(zh="无信号", en="has no signal")
        case ElementKind.SEAT_HOST | ElementKind.SERVICE:
            return Title.composed(zh="无应答", en="does not answer")
        case ElementKind.NEIGHBOUR:
            return Title.composed(zh="邻居关系中断", en="adjacency is lost")
        case ElementKind.CONDITION:
            return Title.composed(zh="", en="")
        case _:
            return Title.composed(zh="异常", en="is out of order")


def _root(site: Site, root: Element, state: State) -> Title:
    what = _condition(root, state)
    if root.kind is ElementKind.LINK and root.name in site.links:
        link = site.links[root.name]
        return Title.composed(
            zh=f"{link.a} — {link.b} {what.zh}", en=f"{link.a} — {link.b} {what.en}"
        )
    name = element_title(site, root)
    return Title.composed(zh=name.zh + what.zh, en=f"{name.en} {what.en}".strip())


def _device(site: Site, name: str) -> Title:
    return site.devices[name].title if name in site.devices else _plain(name)


def _link(site: Site, name: str) -> Title:
    link = site.links.get(name)
    if link is None:
        return _plain(name)
    if link.circuit is not None and len(site.circuits[link.circuit].links) == 1:
        return site.circuits[link.circuit].title
    ends = [_end(site, link, index) for index in (0, 1)]
    return Title.composed(zh="—".join(e.zh for e in ends), en="—".join(e.en for e in ends))


def _end(site: Site, link: Link, index: int) -> Title:
    name = link.ends[index].device
    return _seat(site, name) if name in site.seats else _device(site, name)


def _seat(site: Site, name: str) -> Title:
    number = site.seats[name].number
    return Title.composed(zh=f"{number}号席", en=f"seat {number}")


def _neighbour(site: Site, element: Element) -> Title:
    a, b = _device(site, element.device_name), _device(site, element.peer)
    return Title.composed(zh=f"{a.zh}与{b.zh}", en=f"{a.en} and {b.en}")


def _port(site: Site, element: Element) -> Title:
    title = _device(site, element.device_name)
    return Title.composed(zh=f"{title.zh} {element.part} 口", en=f"{title.en} port {element.part}")


def _condition_title(site: Site, element: Element) -> Title:
    at, port = _device(site, element.device_name), f" {element.part}" if element.part else ""
    what = _rule_titles().get(element.rule, Title.composed(zh=element.rule, en=element.rule))
    return Title.composed(zh=f"{at.zh}{port} {what.zh}", en=f"{at.en}{port}: {what.en}")


def _condition_of_many(conditions: Sequence[Element]) -> Title:
    """One condition on many elements: what it is and on how many, not all their names."""
    rule = conditions[0].rule
    what = _rule_titles().get(rule, Title.composed(zh=rule, en=rule))
    count = len(conditions)
    return Title.composed(zh=f"{count} 处同时{what.zh}", en=f"{what.en} in {count} places at once")


@cache
def _rule_titles() -> dict[str, Title]:
    """Of the rules over samples, and of what the judge itself finds about a device."""
    found = {rule.name: Title.composed(zh=rule.title_zh, en=rule.title_en) for rule in load_rules()}
    return {
        **found,
        AGENT_SILENT: Title.composed(zh="管理代理无应答", en="management agent does not answer"),
    }


def _plain(name: str) -> Title:
    return Title.composed(zh=name, en=name)


def _by_name(_: Site, element: Element) -> Title:
    return _plain(element.name)


def _circuit(site: Site, element: Element) -> Title:
    circuit = site.circuits.get(element.name)
    return _plain(element.name) if circuit is None else circuit.title


def _service(site: Site, element: Element) -> Title:
    service = site.services.get(element.name)
    return _plain(element.name) if service is None else service.title


_NAMES: dict[ElementKind, Callable[[Site, Element], Title]] = {
    ElementKind.DEVICE: lambda site, element: _device(site, element.name),
    ElementKind.LINK: lambda site, element: _link(site, element.name),
    ElementKind.PORT: _port,
    ElementKind.NEIGHBOUR: _neighbour,
    ElementKind.VRRP: _port,
    ElementKind.CONDITION: _condition_title,
    ElementKind.CIRCUIT: _circuit,
    ElementKind.SERVICE: _service,
    ElementKind.SEAT_HOST: lambda _, element: Title.composed(
        zh=f"{element.number}号席主机", en=f"host of seat {element.number}"
    ),
    ElementKind.SEAT_DISPLAY: lambda _, element: Title.composed(
        zh=f"{element.number}号席显示器", en=f"display of seat {element.number}"
    ),
}
