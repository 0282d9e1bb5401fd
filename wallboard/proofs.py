"""The page of the proofs: verdicts, findings, and where in the network what they name stands."""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.site.model import Site
from ops_core.kernel.errors import NotFound
from ops_core.kernel.i18n import Translate, message, translations
from ops_core.kernel.permissions import Permission
from wallboard.dependencies import ProofSource
from wallboard.wall.drawing import NetworkRenderer
from wallboard.wall.state import CircuitView, Condition, LinkView, NetworkView, NodeView
from wallboard.web import Reader, SignedInReader, in_thread

router = APIRouter(include_in_schema=False)


def verdict_word(verdict: ProofVerdict, translate: Translate) -> str:
    _ = translate
    return {
        ProofVerdict.HOLDS: _("成立"),
        ProofVerdict.VIOLATED: _("不成立"),
        ProofVerdict.UNKNOWN: _("无法判定"),
    }[verdict]


def proof_title(name: str, translate: Translate) -> str:
    """The claim of a proof; a proof without a word here keeps its name."""
    _ = translate
    return {
        "single_points": _("任一单点故障都不会使座席失去业务"),
        "isolation": _("互联网与政务外网除网闸外无任何通路"),
        "addresses": _("地址规划无重叠、无重复、无越界、有余量"),
        "policies": _("策略无遮蔽、无冗余、无冲突、无失效、不过宽，双机一致"),
        "filters": _("渲染出的包过滤与声明的策略逐包一致"),
        "protection": _("通过的流量均按声明受检测、限速与防护"),
        "hardening": _("加固措施均已生效，且未被后面的语句撤销"),
        "redundancy": _("双机齐全且一致，网闸居于两侧之间"),
        "capacity": _("任一故障后保证带宽仍可满足"),
        "parity": _("孪生环境与生产环境一致"),
        "coverage": _("A1至A12每项要求均有证据"),
    }.get(name, name)


def count_word(name: str, translate: Translate) -> str:
    """What a proof counted; a count without a word here keeps its name."""
    _ = translate
    return {
        "services": _("业务数"),
        "seats": _("席位数"),
        "failures": _("单一故障"),
        "cutting": _("造成中断的单一故障"),
        "pairs": _("成对"),
        "cutting_pairs": _("造成中断的双重故障"),
        "devices": _("设备数"),
        "links": _("链路"),
        "renderings": _("已渲染配置"),
        "networks": _("网段"),
        "addresses": _("地址"),
        "rule_sets": _("策略集"),
        "rules": _("策略"),
        "examined": _("已检查策略"),
        "vrrp_groups": _("VRRP组"),
        "guarantees": _("带宽保证"),
        "circuits": _("线路数"),
        "cables": _("线缆"),
        "compared": _("已比对设备"),
        "lines": _("过滤语句"),
        "inspecting": _("检测设备"),
        "limited_rules": _("限速策略"),
        "floods": _("洪泛种类"),
        "hardening_lines": _("加固语句"),
        "edges": _("公网边界"),
        "requirements": _("要求数"),
        "shown": _("已有证据的要求"),
        "pieces": _("证据项"),
        "pieces_shown": _("已有的证据项"),
    }.get(name, name)


def failed_elements(site: Site, proofs: Iterable[Proof]) -> frozenset[str]:
    """Devices, links and circuits that findings name, those of a named group among them."""
    named = {e for proof in proofs for finding in proof.findings for e in finding.elements}
    for group in site.shared_risk_groups.values():
        if group.name in named:
            named |= {*group.devices, *group.links}
    circuits = {name for name, c in site.circuits.items() if named & set(c.links)}
    return frozenset(named | circuits) & {*site.devices, *site.links, *site.circuits}


def marked(site: Site, found: frozenset[str]) -> NetworkView:
    """The network with its failed elements drawn as what is down, all else as what is in order."""

    def condition(name: str) -> Condition:
        return Condition.DOWN if name in found else Condition.OK

    return NetworkView(
        as_of=None,
        circuits=tuple(CircuitView(name, condition(name)) for name in site.circuits),
        nodes=tuple(NodeView(name, condition(name)) for name in site.devices),
        links=tuple(LinkView(name, condition(name)) for name in site.links),
    )


def _source(reader: Reader) -> ProofSource:
    source = reader.web.dependencies.proofs
    if source is None:
        raise NotFound(message("本平台未启用证明"))
    return source


@router.get("/network/proofs")
async def show_proofs(reader: SignedInReader) -> HTMLResponse:
    await reader.require(Permission.SEE_INCIDENTS, "page", "proofs")
    source = _source(reader)
    found: Sequence[Proof] = await in_thread(source.proofs)
    site = reader.web.dependencies.site
    translate = translations(reader.language).gettext
    named = failed_elements(site, found)
    return reader.page(
        "console/proofs.html",
        proofs=found,
        drawing=NetworkRenderer(site, reader.language).draw(marked(site, named), translate),
        failed_elements=named,
        verdict_word=lambda verdict: verdict_word(verdict, translate),
        proof_title=lambda name: proof_title(name, translate),
        count_word=lambda name: count_word(name, translate),
    )
