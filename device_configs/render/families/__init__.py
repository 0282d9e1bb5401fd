"""Rendering for families of platforms: derived once for all, written by templates of each.

A family is a folder of templates with a ``family.yml``; no code knows a family by name. See
docs/how-to/add-a-platform.md.
"""

from device_configs.render.families.family import Family, families, load_family
from device_configs.render.families.text import render_vendor

__all__ = ["Family", "families", "load_family", "render_vendor"]
