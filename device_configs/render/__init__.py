"""From the declared site to the files of each device: pure, no input or output but templates."""

from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import Secrets
from device_configs.render.tree import RenderedFile, Tree
from device_configs.render.trees import render_device, render_site

__all__ = ["NotRenderable", "RenderedFile", "Secrets", "Tree", "render_device", "render_site"]
