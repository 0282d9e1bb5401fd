"""The rendered tree of a device, and of every device of the site."""

import shlex
from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from device_configs.render.addressing import MANAGEMENT_PORT, derive_addressing
from device_configs.render.gates import derive_gate_channels, derive_translation
from device_configs.render.ipv6 import passes_ipv6, refuse_ipv6_unless_rendered
from device_configs.render.manifest import TEMPLATES, FileEntry, load_manifest
from device_configs.render.policies import LOG_GROUP, derive_filter
from device_configs.render.protection import (
    derive_http_floods,
    derive_inline_protection,
    derive_login_guards,
)
from device_configs.render.protocol_keys import check_protocol_keys, linux_ospf_key
from device_configs.render.redundancy import derive_redundancy
from device_configs.render.refusal import NotRenderable
from device_configs.render.routing import derive_routing
from device_configs.render.secrets import Secrets
from device_configs.render.shaping import derive_shaping
from device_configs.render.site_lines import FRR, with_site_lines
from device_configs.render.syn_proxies import derive_syn_proxies
from device_configs.render.telephony import derive_sip
from device_configs.render.tree import RenderedFile, Tree
from device_configs.site.model import AccountKind, AccountProtocol, Device, Site

Context = Mapping[str, object]

ROUTING_FILE = "/etc/frr/frr.conf"
"""What takes the site-specific lines of a Linux device."""
BFD_INTERVAL_MS = 40
"""The daemon has a processor of its own in the twin, and boxes need more: their default is 100."""


def render_site(site: Site, secrets: Secrets) -> dict[str, Tree]:
    """The tree of every device that has a configuration, by name; providers' included."""
    return {
        device.name: render_device(site, secrets, device.name)
        for device in site.devices.values()
        if device.is_rendered
    }


def render_device(site: Site, secrets: Secrets, name: str) -> Tree:
    """The tree of one device; KeyError for an undeclared name, NotRenderable for a device that the
    declaration is not brought to.

    The same declaration and secrets always give the same bytes.
    """
    device = site.devices[name]
    if not device.is_rendered:
        raise NotRenderable(f"{name} has no configuration: a {device.role} is not deployed to")
    refuse_ipv6_unless_rendered(site, device, device.platform)
    manifest = load_manifest(device.platform)
    parts = manifest.entries(name, device.role.name, deployed=device.deployed)
    needed = {service for part in parts for service in part.services}
    services = tuple(service for service in manifest.order if service in needed)
    context = context_of(site, secrets, device, services)
    environment = _environment(device.platform)
    files = tuple(
        _render_file(environment, entry, context, device)
        for part in parts
        for entry in part.files
        if entry.when is None or context[entry.when]
    )
    return Tree(device=name, files=files, services=services)


def _render_file(
    environment: Environment, entry: FileEntry, context: Context, device: Device
) -> RenderedFile:
    content = environment.get_template(entry.template).render(context)
    if entry.path == ROUTING_FILE:
        content = with_site_lines(content, device.site_lines, device.name, FRR)
    return RenderedFile(
        path=entry.path,
        content=content,
        mode=int(entry.mode, 8),
        owner=entry.owner,
        service=entry.service,
    )


@cache
def _environment(platform: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / platform),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    environment.filters["sh"] = shlex.quote
    return environment


def context_of(site: Site, secrets: Secrets, device: Device, services: tuple[str, ...]) -> Context:
    """What templates may use: derived values only, so that they hold no decisions of their own."""
    partner = site.devices[device.partner] if device.partner else None
    derived = derive_filter(site, device)
    translation = derive_translation(site, device)
    check_protocol_keys(site, secrets)
    return {
        "device": device,
        "site": site,
        "partner": partner,
        "secrets": secrets,
        "services": services,
        "management_port": MANAGEMENT_PORT,
        "monitoring_address": site.monitoring_host.management_address,
        "log_addresses": [
            log.management_address for log in site.devices_where(lambda role: role.collects_logs)
        ],
        "addressing": derive_addressing(site, device),
        "passes_ipv6": passes_ipv6(site, device),
        "routing": derive_routing(site, device),
        "protocols": site.protocols,
        "banner": site.access.banner,
        "bfd_interval_ms": site.protocols.bfd.interval_ms or BFD_INTERVAL_MS,
        "ospf_key": linux_ospf_key(site.protocols.ospf.key, secrets),
        "vrrp_groups": derive_redundancy(site, device),
        "accounts": [
            account.name
            for account in site.accounts
            if account.protocol is AccountProtocol.SSH
            and account.kind is not AccountKind.BREAK_GLASS
            and device.name in account.devices
        ],
        "filter": derived,
        "log_group": LOG_GROUP,
        "http_floods": derive_http_floods(site, device),
        "protection": derive_inline_protection(site, device),
        "translation": translation,
        "syn_proxies": derive_syn_proxies(site, device, derived, translation),
        "login_guards": derive_login_guards(site, device),
        "gate_channels": derive_gate_channels(site, device),
        "shaping": derive_shaping(site, device, derived),
        "sip": derive_sip(site, device),
        "forwards": device.role.forwards,
    }
