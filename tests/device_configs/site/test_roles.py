"""Roles come from files; whatever is wrong with them, or with a device, is named at once."""

import re
import shutil
from pathlib import Path

import pytest
import yaml

from device_configs.site import load_site
from device_configs.site.faults import SiteInvalid
from device_configs.site.role_files import standard_roles

SHIPPED = Path(__file__).parents[3] / "inventory"


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "inventory"))
    (folder / "roles").mkdir()
    return folder


def write_role(folder: Path, name: str, text: str) -> None:
    (folder / "roles" / f"{name}.yml").write_text(text, "utf-8")


def change_host(folder: Path, role: str, name: str, **fields: object) -> None:
    path = folder / "hosts.yml"
    document = yaml.safe_load(path.read_text("utf-8"))
    document["all"]["children"][role]["hosts"][name] |= fields
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def faults_of(folder: Path) -> list[str]:
    """Faults in the order of their text, without their lines."""
    with pytest.raises(SiteInvalid) as caught:
        load_site(folder)
    faults = caught.value.faults
    return sorted(re.sub(r"^([\w./-]+):\d+:", r"\1:", str(fault)) for fault in faults)


def test_every_fault_of_every_role_file_is_named_with_file_field_and_remedy(
    declaration: Path,
) -> None:
    write_role(declaration, "camera", "titel: {zh: 摄像机, en: Camera}\nfiltering: routd\n")
    write_role(declaration, "ups", "title: {zh: 不间断电源, en: UPS}\noutside: true\n")
    write_role(declaration, "Bad-Name", "title: {zh: 坏, en: Bad}\n")
    write_role(declaration, "empty", "")
    assert faults_of(declaration) == [
        "roles/Bad-Name.yml: -: 'Bad-Name' is no name for a role; write a small letter, then small "
        "letters, digits and underscores",
        "roles/camera.yml: filtering: found 'routd'; did you mean 'routed'? allowed: routed, "
        "inline, boundary",
        "roles/camera.yml: titel: is no known field; did you mean 'title'? allowed: title, "
        "deployed, polled, profiles, outside, transit, forwards, routing, filtering, hot_standby, "
        "relays, isolates and 11 more",
        "roles/camera.yml: title: is missing; add it",
        "roles/empty.yml: -: is empty; write what it declares",
        "roles/ups.yml: -: does not fit together; what is outside is neither deployed nor polled; "
        "say so of both",
    ]


def test_a_role_of_the_declaration_replaces_the_standard_one(declaration: Path) -> None:
    write_role(
        declaration,
        "log_audit",
        "title: {zh: 日志服务器, en: Log server}\ndeployed: true\nprofiles: [interfaces]\n",
    )
    site = load_site(declaration)
    assert site.devices["log-a"].role.title.en == "Log server"
    assert standard_roles()["log_audit"].title.en == "Log audit"


def test_managed_is_refused_with_what_to_write_instead(declaration: Path) -> None:
    change_host(declaration, "router", "rt-a", managed=False)
    (fault,) = [fault for fault in faults_of(declaration) if "managed" in fault]
    assert fault.startswith("hosts.yml: rt-a")
    assert "write `deployed: false`, `polled: false`, or both" in fault


def test_a_device_takes_itself_out_but_never_in(declaration: Path) -> None:
    change_host(declaration, "log_audit", "log-a", deployed=False)
    site = load_site(declaration)
    assert (site.devices["log-a"].deployed, site.devices["log-a"].polled) == (False, True)
    assert site.devices["log-a"] not in site.deployed
    change_host(declaration, "provider", "egov", polled=True)
    assert faults_of(declaration) == [
        "hosts.yml: egov.polled: a provider is not polled; remove it, or say `polled: true` in "
        "roles/provider.yml"
    ]


def test_what_is_only_watched_needs_no_administrator(declaration: Path) -> None:
    change_host(declaration, "bastion", "bas", deployed=False)
    path = declaration / "accounts.yml"
    document = yaml.safe_load(path.read_text("utf-8"))
    for account in document["accounts"]:
        account["roles"] = [role for role in account.get("roles", []) if role != "bastion"]
    path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    assert not any("bas" in account.devices for account in load_site(declaration).accounts)
