"""Where annet and hier_config hurt: the same changes, and what each of them would send.

A case that is listed here must really hurt, so that docs/patches.md does not outlive its reasons.
"""

import pytest
from hier_config import Platform, WorkflowRemediation, get_hconfig

from tests.benchmarks.patches import annet_patch
from tests.device_configs.patches.test_cases import CASES
from tests.device_configs.render.vendor_tools import ANNET


def annet_lines(before: str, after: str) -> list[str]:
    ANNET.tree("huawei_vrp", "s", before)  # annet is set up once a process, there
    return [line.strip() for line in annet_patch(before, after).splitlines()]


def hier_config_lines(before: str, after: str) -> list[str]:
    trees = (get_hconfig(Platform.HUAWEI_VRP, text) for text in (before, after))
    remediation = WorkflowRemediation(*trees).remediation_config
    return [child.text for child in remediation.all_children()]


TOOLS = {"annet": annet_lines, "hier_config": hier_config_lines}


@pytest.mark.parametrize(
    ("tool", "case", "sent"),
    [
        ("hier_config", "a list of VLANs changes", "undo port trunk allow-pass vlan 10 20"),
        ("hier_config", "a VRRP priority", "undo vrrp vrid 10 priority 120"),
        ("annet", "a VRRP priority", "undo vrrp vrid 10 priority 120"),
    ],
)
def test_a_tool_undoes_what_is_overwritten(tool: str, case: str, sent: str) -> None:
    found = next(one for one in CASES if one.name.startswith(case))
    assert sent in TOOLS[tool](found.before, found.after)
    assert sent not in found.commands


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("case", "lacking"),
    [
        ("a new rule comes to stand above", "rule move new before deny-all"),
        ("a running NQA test", "stop"),
    ],
)
def test_a_tool_lacks_what_the_change_needs(tool: str, case: str, lacking: str) -> None:
    found = next(one for one in CASES if one.name.startswith(case))
    assert lacking not in TOOLS[tool](found.before, found.after)
    assert lacking in found.commands
