"""The configuration text of a device in the language of a family."""

from functools import cache
from typing import NoReturn

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from device_configs.render.families.configuration import derive_configuration
from device_configs.render.families.family import families, load_family
from device_configs.render.ipv6 import refuse_ipv6_unless_rendered
from device_configs.render.manifest import TEMPLATES
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.render.site_lines import layout_of, with_site_lines
from device_configs.site.model import PEOPLE, Site

TEMPLATE = "device.j2"


def render_vendor(site: Site, secrets: Secrets, name: str, family: str) -> str:
    """The whole text of one device, as ``display current-configuration`` would show it.

    The same declaration and secrets always give the same bytes. Raises KeyError for an undeclared
    device, and :class:`~device_configs.render.refusal.NotRenderable` for a family or a role that
    has no templates or for what the box cannot do.
    """
    device = site.devices[name]
    if family not in families():
        raise NotRenderable(
            f"no templates for the family {family!r}; known: {', '.join(families())}"
        )
    data = load_family(family)
    if device.role.name not in data.boxes:
        raise NotRenderable(
            f"{family} has no box for the role {device.role}; add it to "
            f"device_configs/templates/{family}/family.yml"
        )
    refuse_ipv6_unless_rendered(site, device, family)
    box = data.boxes[device.role.name]
    configuration = derive_configuration(site, secrets, device, data, box, family)
    try:
        template = _environment(family).get_template(f"{device.role}/{TEMPLATE}")
    except TemplateNotFound as missing:
        raise NotRenderable(
            f"{family} has no template for the role {device.role}; add "
            f"device_configs/templates/{family}/{missing.name}"
        ) from missing
    lines = device.site_lines if family == device.platform else ()
    return with_site_lines(template.render(c=configuration), lines, name, layout_of(family))


def _refuse(reason: str) -> NoReturn:
    """What a template calls for a value that its family has no words for."""
    raise NotRenderable(reason)


@cache
def _environment(family: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / family),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - configuration files, not HTML
    )
    environment.globals["refuse"] = _refuse
    environment.globals["people"] = PEOPLE
    rules = load_family(family).objects
    environment.filters["fit"] = lambda name, kind: rules[kind].fit(name)
    return environment
