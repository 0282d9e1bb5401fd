"""The texts below the attributes of models, read from their source when a schema is made.

pydantic's own ``use_attribute_docstrings`` reads and parses every model's source each time it is
imported: a third of what it takes to import the declaration, in every command.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema


def attribute_texts(model: type[BaseModel]) -> Mapping[str, str]:
    """The text below each attribute by its name, those of the model's bases included."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _own_texts(base)
    return found


def _own_texts(model: type[BaseModel]) -> dict[str, str]:
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(defined, ast.ClassDef)  # noqa: S101 - it is the source of a class
    return {
        attribute.target.id: inspect.cleandoc(text)
        for attribute, below in pairwise(defined.body)
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
        and (text := _text(below)) is not None
    }  # fmt: skip


def _text(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return text
    return None


class DescribedSchema(GenerateJsonSchema):
    """Describes each property by the text below its attribute, unless it says one itself."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        properties = made.get("properties", {})
        for name, text in attribute_texts(model).items():
            field = model.model_fields.get(name)
            described = properties.get(name if field is None else field.alias or name)
            if described is not None:
                described.setdefault("description", text)
        return made
