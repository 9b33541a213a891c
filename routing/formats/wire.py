"""Dataclasses as strict JSON and back: wire types follow the fields, errors carry the path to the field."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from routing.values import InvalidProblem
from tracking.values.errors import FieldstockError

Refuse = Callable[[str, str], FieldstockError]
"""Makes the error of a path and a cause."""

_AT = re.compile(r"^(?P<cause>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"^Object (?:contains unknown|missing required) field `(?P<name>[^`]*)`$")


@cache
def hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields by name."""
    return get_type_hints(kind)


@cache
def wire_fields(kind: type) -> tuple[tuple[Any, ...], ...]:
    """Return a dataclass's fields as those of a wire type: the same names, types and defaults."""
    return tuple(
        (field.name, _wire_hint(hints(kind)[field.name]), *_default(field))
        for field in dataclasses.fields(kind)
    )


@cache
def wire_type(kind: type) -> type[msgspec.Struct]:
    """Return the strict wire type of a dataclass: unknown fields and wrong types are refused."""
    return struct(kind.__name__, wire_fields(kind), kind.__doc__ or "")


def struct(name: str, fields: tuple[tuple[Any, ...], ...], doc: str) -> type[msgspec.Struct]:
    """Return a strict wire type; `doc` is its description in the schema."""
    about = {"__doc__": re.sub(r"\s+", " ", doc.replace("`", "")).strip()}
    return msgspec.defstruct(
        name,
        list(fields),
        namespace=about,
        module=__name__,
        forbid_unknown_fields=True,
        kw_only=True,
        frozen=True,
    )


def decode(data: bytes | msgspec.Raw, kind: Any, refuse: Refuse, path: str = "") -> Any:
    """Return JSON `data` as `kind`, or raise what `refuse` makes of the first field that is wrong."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        cause, inner = (found["cause"], found["path"] or "") if found else (str(error), "")
        field = _FIELD.match(cause)
        where = joined(path, inner + (f".{field['name']}" if field else ""))
        raise refuse(where or "file", _readable(cause)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refuse(path or "file", f"is no JSON: {error}.") from error


def joined(path: str, inner: str) -> str:
    """Return the path of `inner`, which begins with a dot or a bracket, under `path`."""
    return (path + inner).lstrip(".")


def build(hint: Any, value: Any, path: str, refuse: Refuse) -> Any:
    """Return the value of type `hint` that a decoded wire value stands for.

    What a dataclass refuses is refused with the path of the field in the file.
    """
    if value is None or not _holds_dataclass(hint):
        return value
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build_dataclass(hint, value, path, refuse)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return build(next(arg for arg in args if arg is not type(None)), value, path, refuse)
    if origin is tuple:
        return tuple(build(args[0], item, f"{path}[{k}]", refuse) for k, item in enumerate(value))
    return {key: build(args[1], item, f"{path}.{key}", refuse) for key, item in value.items()}


def plain(value: Any, *, whole: bool = False) -> Any:
    """Return a dataclass as what JSON can hold; fields at their defaults are left out unless `whole`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        pairs = ((field, getattr(value, field.name)) for field in fields)
        return {f.name: plain(item, whole=whole) for f, item in pairs if _told(f, item, whole)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain(item, whole=whole) for item in value]
    return value


def _told(field: dataclasses.Field[Any], value: Any, whole: bool) -> bool:
    return value is not None if whole else field.default is dataclasses.MISSING or value != field.default


def _build_dataclass(kind: type, value: Any, path: str, refuse: Refuse) -> Any:
    own = hints(kind)
    parts = {name: getattr(value, name) for name in own}
    for name in _deep(kind):
        parts[name] = build(own[name], parts[name], joined(path, f".{name}"), refuse)
    try:
        return kind(**parts)
    except InvalidProblem as error:
        # A part names itself by its id; its last word is the field.
        name = error.path.rsplit(".", 1)[-1]
        raise refuse(joined(path, f".{name}") if name in own else path, cause_of(error)) from error


@cache
def _holds_dataclass(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint) or any(map(_holds_dataclass, get_args(hint)))


@cache
def _deep(kind: type) -> tuple[str, ...]:
    """Return the fields that hold dataclasses in their turn."""
    return tuple(name for name, hint in hints(kind).items() if _holds_dataclass(hint))


def cause_of(error: InvalidProblem) -> str:
    """Return what is wrong, without the path that the error begins with."""
    return error.cause.removeprefix(f"{error.path}: ")


def _wire_hint(hint: Any) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return wire_type(hint)
    origin, args = get_origin(hint), get_args(hint)
    if origin is None or not args:
        return hint
    inner = tuple(_wire_hint(arg) for arg in args)
    if origin in (Union, types.UnionType):
        return Union[inner]  # noqa: UP007 (made of a tuple)
    return dict[inner] if issubclass(origin, Mapping) else origin[inner]  # type: ignore[valid-type, misc]


def _default(field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    if field.default is not dataclasses.MISSING:
        return (field.default,)
    if field.default_factory is not dataclasses.MISSING:
        return (msgspec.field(default_factory=field.default_factory),)
    return ()


def _readable(cause: str) -> str:
    """Return the decoder's words as the end of a sentence that begins with the path."""
    for begin, words in (
        ("Object contains unknown field", "is no field that is known here."),
        ("Object missing required field", "is missing."),
    ):
        if cause.startswith(begin):
            return words
    found = re.match(r"^Expected `(.*)`, got `(.*)`$", cause)
    return f"must be {found[1]}, not {found[2]}." if found else f"is wrong: {cause}."
