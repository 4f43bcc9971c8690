"""The model as a JSON Schema, by which editors complete and check data files while people type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from kb.model import SECTIONS, Citation, LanguageTag, Marked, OwnId, ValueOf, Vocabulary, WebAddress

_PATTERNS: Mapping[type[Marked], str] = {
    OwnId: r"^[a-z0-9]+(-[a-z0-9]+)*$",
    Citation: r"^\S+$",
    WebAddress: r"^https?://\S+$",
    LanguageTag: r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
}


def schema(vocabularies: Iterable[Vocabulary]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a data file, with the values of the vocabularies.

    It knows one file: that ids are unique and lead somewhere is for `kb check` to say.
    """
    values = {one.id: one.values for one in vocabularies}
    refs, made = models_json_schema([(model, "validation") for model in SECTIONS.values()])
    lists = {
        name: {"type": "array", "description": f"{model.__doc__}", "items": refs[model, "validation"]}
        for name, model in SECTIONS.items()
    }
    include = {
        "type": "array",
        "description": "Patterns of further data files, such as `resources/*.yaml`.",
        "items": {"type": "string"},
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A data file of the knowledge base",
        "type": "object",
        "properties": {"include": include, **lists},
        "additionalProperties": False,
        "$defs": made["$defs"],
    }
    return dict(_said(whole, values))


def _said(node: Any, values: Mapping[str, Any]) -> Any:
    """A part of the schema as people need it: roles told as patterns or values, and nothing that may be null."""
    if isinstance(node, list):
        return [_said(one, values) for one in node]
    if not isinstance(node, dict):
        return node
    role = node.get("role")
    if isinstance(role, Marked):
        return _told({key: one for key, one in node.items() if key not in {"role", "title"}}, role, values)
    told = {key: _said(one, values) for key, one in node.items() if not _is_noise(key, one)}
    ways = [one for one in told.get("anyOf", ()) if one != {"type": "null"}]
    if len(ways) == 1:
        del told["anyOf"]
        told = {**ways[0], **told}
    return told


def _is_noise(key: str, value: object) -> bool:
    """A title that pydantic makes of a name, or a default that says that nothing was written."""
    return (key == "title" and isinstance(value, str) and "data file" not in value) or (
        key == "default" and value in (None, "", [])
    )


def _told(node: dict[str, Any], role: Marked, values: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(role, ValueOf) and role.vocabulary in values:
        own = values[role.vocabulary]
        return {
            **node,
            "enum": [value.id for value in own],
            "markdownEnumDescriptions": [f"**{value.label}.** {value.definition}" for value in own],
        }
    pattern = _PATTERNS.get(type(role))
    return {**node, "pattern": pattern} if pattern else node
