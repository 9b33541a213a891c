"""The OpenAPI document: what APIFlask makes of the messages, with plain names and our errors."""

from __future__ import annotations

import json
from typing import Any

from mobile_contract.common import Problem

CONSUMES = "x-consumes"
"""What an operation says of a body that is no message: its media types."""

_METHODS = ("get", "post", "put", "patch", "delete")


def describe(spec: dict[str, Any]) -> dict[str, Any]:
    """Give schemas plain names, put each once, and let every validation error be a `Problem`."""
    spec["info"]["description"] = "Post-sales logistics. Errors are RFC 9457 problems with a stable code."
    components = spec.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    components.setdefault("schemas", {}).pop("ValidationError", None)
    components["schemas"].pop("HTTPError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= problem.pop("$defs", {}) | {"Problem": problem}
    for path in spec["paths"].values():
        for method in _METHODS:
            if method in path:
                _describe_operation(path[method])
    return _renamed(spec)


def _describe_operation(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = {"type": "string", "minLength": 1}
    if media_types := operation.pop(CONSUMES, None):
        content = {media_type: {"schema": _body_schema(media_type)} for media_type in media_types}
        operation["requestBody"] = {"required": True, "content": content}
    for code, response in operation["responses"].items():
        if int(code) >= 400:
            schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
            response["content"] = {"application/problem+json": schema}
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _body_schema(media_type: str) -> dict[str, str]:
    if media_type.startswith("text/"):
        return {"type": "string", "contentMediaType": media_type}
    return {"type": "string", "format": "binary"}


def _renamed(spec: dict[str, Any]) -> dict[str, Any]:
    """Name `Page[OrderView]` OrderViewPage, and `OrderView.Urgency` just Urgency."""
    schemas: dict[str, Any] = spec["components"]["schemas"]
    plain = {name: _plain_name(name) for name in schemas}
    text = json.dumps(spec)
    for name in sorted(plain, key=len, reverse=True):
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{plain[name]}"')
    renamed: dict[str, Any] = json.loads(text)
    renamed["components"]["schemas"] = {
        plain[name]: renamed["components"]["schemas"][name]
        for name in sorted(schemas, key=lambda n: plain[n])
    }
    return renamed


def _plain_name(name: str) -> str:
    if name.startswith("Page[") and name.endswith("]"):
        return f"{name[5:-1]}Page"
    return name.rsplit(".", 1)[-1]
