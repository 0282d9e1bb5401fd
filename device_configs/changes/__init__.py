"""The change engine: from a plan to devices that are all old or all new (docs/changes.md)."""
