"""The pieces of a JSON Schema: each a value of sretool/v1 with its description. See `schema`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sretool.spec.checks import LABEL_PATTERN, NAME_PATTERN

Json = bool | int | float | str | list["Json"] | dict[str, "Json"]
Schema = dict[str, Json]


def mapping(
    known: Collection[str], properties: Mapping[str, Schema], description: str, *, required: Sequence[str] = ()
) -> Schema:
    assert set(known) == set(properties), "the schema has the keys that are read"
    schema: Schema = {
        "type": "object",
        "description": description,
        "properties": {key: properties[key] for key in known},
        "additionalProperties": False,
    }
    return schema | {"required": list(required)} if required else schema


def listing(items: Schema, description: str) -> Schema:
    return {"type": "array", "description": description, "items": items}


def reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def duration(description: str) -> Schema:
    return reference("duration") | {"description": description}


def any_text() -> Schema:
    """YAML makes numbers and booleans of some texts; where text is wanted they are its characters."""
    return {"type": ["string", "number", "boolean"]}


def text(description: str, example: str) -> Schema:
    return any_text() | {"description": description, "examples": [example]}


def name(description: str, example: str) -> Schema:
    return text(description, example) | {"pattern": f"^(?:{NAME_PATTERN})$"}


def selector(description: str, example: str) -> Schema:
    return text(f"{description} A selector: a metric's name and labels, without a range.", example)


def label_name() -> Schema:
    return any_text() | {"pattern": f"^(?:{LABEL_PATTERN})$"}


def labels(description: str, *, of_ours: bool = False) -> Schema:
    kept = " Names that the rules write themselves are refused." if of_ours else ""
    return {
        "type": "object",
        "description": f"{description}{kept}",
        "propertyNames": {"pattern": f"^(?:{LABEL_PATTERN})$"},
        "additionalProperties": any_text(),
    }


def integer(description: str, *, least: int) -> Schema:
    return {"type": "integer", "minimum": least, "description": description}


def number(description: str, *, least: int = 0) -> Schema:
    return {"type": "number", "minimum": least, "description": description}
