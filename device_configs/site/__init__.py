"""The declared site as a frozen, validated model, and what follows from it by pure functions."""

from device_configs.site.loader import load_site
from device_configs.site.model import Site

__all__ = ["Site", "load_site"]
