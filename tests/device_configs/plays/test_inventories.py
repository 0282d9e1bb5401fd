"""One declaration, two inventories: Ansible's dynamic source and Nornir's plugin say the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nornir import InitNornir
from nornir.core.task import Result, Task

from device_configs.plays.hosts import group_name, hosts_of
from device_configs.site import Site, load_site
from ops_core.kernel.settings import PROJECT_DIRECTORY

SITE: Site = load_site(PROJECT_DIRECTORY / "inventory")


def ansible_inventory(inventory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("ansible-inventory"), "--list",
         "-i", "playbooks/inventory/declaration.yml"],
        cwd=PROJECT_DIRECTORY, capture_output=True, text=True, check=False,
        env=os.environ | {"ZHISHOU_INVENTORY": str(inventory)},
    )  # fmt: skip


def plain(value: object) -> object:
    """A value without Ansible's mark that it is data of others and never a template."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict) and "__ansible_unsafe" in value:
        return value["__ansible_unsafe"]
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def test_ansible_and_nornir_know_the_same_hosts_in_the_same_groups() -> None:
    listed = json.loads(ansible_inventory(PROJECT_DIRECTORY / "inventory").stdout)
    given = InitNornir(inventory={"plugin": "zhishou"}, logging={"enabled": False}).inventory
    assert set(listed["_meta"]["hostvars"]) == set(given.hosts)
    for host in hosts_of(SITE):
        variables = listed["_meta"]["hostvars"][host.name]
        assert plain(variables["ansible_host"]) == given.hosts[host.name].hostname == host.address
        for name, value in host.variables.items():
            assert plain(variables[f"declared_{name}"]) == given.hosts[host.name][name] == value
        for group in host.groups:
            assert host.name in listed[group]["hosts"]
            assert given.hosts[host.name].has_parent_group(given.groups[group])


def test_a_nornir_task_runs_on_the_hosts_of_a_group() -> None:
    def addressed(task: Task) -> Result:
        return Result(task.host, result=f"{task.host.hostname} {task.host['half']}")

    nornir = InitNornir(inventory={"plugin": "zhishou"}, logging={"enabled": False})
    cores = nornir.filter(filter_func=lambda host: "core_switch" in host.groups)
    done = cores.run(task=addressed)
    assert {name: found[0].result for name, found in done.items()} == {
        "core-a": "10.255.0.7 A", "core-b": "10.255.0.8 B",
    }  # fmt: skip


def test_a_faulty_declaration_is_named_with_its_fault(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all: {}\n")
    done = ansible_inventory(tmp_path)
    assert "site.yml" in done.stderr
    assert json.loads(done.stdout)["_meta"]["hostvars"] == {}


@pytest.mark.parametrize(
    ("text", "name"), [("half_A", "half_A"), ("rack-1", "rack_1"), ("机房 1", "___1")]
)
def test_a_group_has_a_name_that_ansible_takes(text: str, name: str) -> None:
    assert group_name(text) == name
