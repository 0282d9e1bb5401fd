"""Everything derived from the declared site towards devices: model, templates, deployment, twin."""
