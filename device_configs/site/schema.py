"""JSON Schema (2020-12) of each file of the declaration, so that editors complete and check it."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import models_json_schema

from device_configs.site.attribute_texts import DescribedSchema
from device_configs.site.device_defaults import OWN
from device_configs.site.documents import LISTS, SINGLE, DeviceDocument
from device_configs.site.model.role import RoleProperties
from device_configs.site.role_files import FOLDER as ROLES
from device_configs.site.role_files import standard_roles

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HOSTS = "hosts.yml"
ROLE = f"{ROLES}/role.yml"
"""Stands for every file of that folder."""
FOLDER = "schema"
"""Folder of the declaration that keeps them, beside the YAML files."""

Schema = dict[str, JsonValue]


def schema_files() -> tuple[str, ...]:
    """The files that have a schema, by name; :data:`ROLE` has one besides."""
    return tuple(sorted((HOSTS, *SINGLE, *LISTS)))


def schema_name(file: str) -> str:
    """``policies.json`` for ``policies.yml``."""
    return f"{Path(file).stem}.json"


def schema_of(file: str) -> Schema:
    """The schema of one file; KeyError for a file that has none."""
    if file in SINGLE:
        _, model = SINGLE[file]
        definitions, references = _of_models({file: model})
        return _head(file) | references[file] | definitions
    if file == HOSTS:
        return _hosts()
    if file == ROLE:
        return _role()
    definitions, references = _of_models(LISTS[file])
    lists: dict[str, JsonValue] = {
        key: {"type": "array", "items": reference} for key, reference in references.items()
    }
    required: list[JsonValue] = [*lists] if len(lists) == 1 else []
    return _head(file) | _object(lists, required) | definitions


def _hosts() -> Schema:
    definitions, references = _of_models({"device": DeviceDocument})
    common = _common(definitions)
    group = _object(
        {
            "hosts": {"type": "object", "additionalProperties": references["device"]},
            "vars": common,
        },
        ["hosts"],
    )
    groups: Schema = _object(dict.fromkeys(standard_roles(), group), []) | {
        "additionalProperties": group
    }
    everything = _object({"children": groups, "vars": common}, ["children"])
    return _head(HOSTS) | _object({"all": everything}, ["all"]) | definitions


def _common(definitions: Schema) -> Schema:
    """The fields of a device that many may share.

    Nothing that may be shared is required of a device any more: the reader says what is missing.
    """
    named = cast("dict[str, Schema]", definitions["$defs"])
    named["Asset"]["required"] = []
    device = named["DeviceDocument"]
    device["required"] = [key for key in cast("list[str]", device["required"]) if key in OWN]
    fields = cast("Schema", device["properties"])
    return _object({key: value for key, value in fields.items() if key not in OWN}, [])


def _role() -> Schema:
    definitions, references = _of_models({"role": RoleProperties})
    return _head(ROLE) | references["role"] | definitions


def _of_models(models: Mapping[str, type[BaseModel]]) -> tuple[Schema, dict[str, Schema]]:
    """Definitions of the models, and a reference to each."""
    references, definitions = models_json_schema(
        [(model, "validation") for model in models.values()],
        ref_template="#/$defs/{model}",
        schema_generator=DescribedSchema,
    )
    return definitions, {key: references[(model, "validation")] for key, model in models.items()}


def _head(file: str) -> Schema:
    return {"$schema": DIALECT, "title": file}


def _object(properties: Schema, required: list[JsonValue]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": required,
    }
