"""The checked-in JSON Schemas are current, and refuse what the loader refuses by form."""

import datetime
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from device_configs.site.attribute_texts import DescribedSchema
from device_configs.site.model import Site
from device_configs.site.role_files import STANDARD
from device_configs.site.schema import FOLDER, ROLE, schema_files, schema_name, schema_of
from device_configs.site.values import Frozen

SHIPPED = Path(__file__).parents[3] / "inventory"
FAULTY = Path(__file__).parent / "faulty"


def as_json(value: object) -> object:
    """What an editor sees: YAML dates as the texts they were written as."""
    match value:
        case dict():
            return {str(key): as_json(item) for key, item in value.items()}
        case list():
            return [as_json(item) for item in value]
        case datetime.date():
            return value.isoformat()
    return value


def problems(file: str, text: str) -> list[str]:
    validator = Draft202012Validator(schema_of(file))
    return [error.message for error in validator.iter_errors(as_json(yaml.safe_load(text)))]


@pytest.mark.parametrize("file", [*schema_files(), ROLE])
def test_the_checked_in_schema_is_current(file: str) -> None:
    checked_in = json.loads((SHIPPED / FOLDER / schema_name(file)).read_text("utf-8"))
    assert checked_in == schema_of(file), "zhishou inventory schema --output inventory/schema"


def test_every_yaml_file_has_a_schema_and_no_schema_is_left_over() -> None:
    assert {file.name for file in SHIPPED.glob("*.yml")} == set(schema_files())
    assert {file.name for file in (SHIPPED / FOLDER).iterdir()} == set(
        map(schema_name, (*schema_files(), ROLE))
    )


@pytest.mark.parametrize("file", schema_files())
def test_a_shipped_file_names_its_schema_and_fits_it(file: str) -> None:
    text = (SHIPPED / file).read_text("utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={FOLDER}/{schema_name(file)}\n")
    Draft202012Validator.check_schema(schema_of(file))
    assert problems(file, text) == []


def test_every_standard_role_fits_the_schema_of_roles() -> None:
    for path in STANDARD.glob("*.yml"):
        assert problems(ROLE, path.read_text("utf-8")) == [], path.name


@pytest.mark.parametrize(
    ("case", "file"),
    [
        ("policy-action-misspelt", "policies.yml"),
        ("policy-field-misspelt", "policies.yml"),
        ("policy-nested-field-misspelt", "policies.yml"),
        ("object-list-misspelt", "objects.yml"),
        ("object-time", "objects.yml"),
        ("ips-too-few-signatures", "protection.yml"),
        ("gate-mode-misspelt", "gates.yml"),
        ("few-tag-kinds", "site.yml"),
        ("one-zone-misspelt-in-its-own-file", "zones.yml"),
        ("risk-without-reason", "risks.yml"),
    ],
)
def test_an_editor_sees_faults_of_form(case: str, file: str) -> None:
    assert problems(file, (FAULTY / case / file).read_text("utf-8"))


def test_a_field_carries_its_explanation() -> None:
    definitions = schema_of("risks.yml")["$defs"]
    assert "role:" in json.dumps(definitions)


class _Base(Frozen):
    kept: int
    """Of the base,
    on two lines."""
    plain: int


class _Derived(_Base):
    own: int = 1
    """Of its own."""
    described: int = Field(default=1, description="By itself.")
    """Passed over."""


def test_the_text_below_an_attribute_is_read_when_a_schema_is_made() -> None:
    made = _Derived.model_json_schema(schema_generator=DescribedSchema)["properties"]
    texts = {name: shown.get("description") for name, shown in made.items()}
    assert texts == {
        "kept": "Of the base,\non two lines.",
        "plain": None,
        "own": "Of its own.",
        "described": "By itself.",
    }


def test_no_model_reads_its_source_when_it_is_imported() -> None:
    models, seen = [BaseModel], list[type[BaseModel]]()
    while models:
        model = models.pop()
        seen.append(model)
        models += model.__subclasses__()
    assert Site in seen
    assert not [m for m in seen if m.model_config.get("use_attribute_docstrings")]
