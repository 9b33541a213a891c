"""Whatever stands in a file, reading it gives a problem or plan, or says where it is wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.formats.files import JsonTask, load
from routing.formats.json_problem import read_problem
from routing.formats.lilim import read_lilim
from routing.formats.scaled import problem_of
from routing.formats.solomon import read_solomon
from routing.values import InvalidProblem
from tests.routing.formats.instances import EXAMPLES, LILIM, SOLOMON

PROBLEM = json.loads((EXAMPLES / "problem-places.json").read_text())
MATRICES = json.loads((EXAMPLES / "problem-matrices.json").read_text())
PLAN = json.loads((EXAMPLES / "plan-places.json").read_text())
TASK = load(EXAMPLES / "problem-places.json")

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.sampled_from([-1, 0, 1, 2, 6, 10**9, 10**30, 0.5, 1e300, "", "eva", "order-1", [], {}, [[]], [None]]),
    st.text(max_size=3),
).map(copy.deepcopy)


def _steps(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(way for key, item in inner for way in _steps(item, (*before, key)))]


@st.composite
def _damaged(draw: st.DrawFn, document: Any) -> bytes:
    """The document with up to three values replaced, left out, doubled, or a field added."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from([way for way in _steps(changed) if way]))
        inner = changed
        for step in way[:-1]:
            inner = inner[step]
        match draw(st.sampled_from(["replace", "leave out", "double", "add"])):
            case "replace":
                inner[way[-1]] = draw(ODD)
            case "leave out":
                del inner[way[-1]]
            case "double" if isinstance(inner, list):
                inner.append(inner[way[-1]])
            case _ if isinstance(inner, dict):
                inner[draw(st.text(max_size=3))] = draw(ODD)
    return json.dumps(changed).encode()


def _named(refused: InvalidProblem) -> None:
    """An error leads to a field, by names and positions of the file."""
    assert refused.path
    assert refused.cause.startswith(refused.path)
    assert not refused.path.startswith("$.")


@pytest.mark.parametrize("document", [PROBLEM, MATRICES], ids=["places", "matrices"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_problem_is_read_or_refused_with_a_path(document: Any, data: st.DataObject) -> None:
    try:
        read_problem(data.draw(_damaged(document)))
    except InvalidProblem as refused:
        _named(refused)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=_damaged(PLAN))
def test_damaged_plan_is_checked_or_refused_with_a_path(data: bytes) -> None:
    assert isinstance(TASK, JsonTask)
    try:
        TASK.findings(data)
    except InvalidProblem as refused:
        _named(refused)


@pytest.mark.parametrize(
    ("text", "read"), [(LILIM, read_lilim), (SOLOMON, read_solomon)], ids=["lilim", "solomon"]
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_text_is_read_or_refused_with_a_line(text: str, read: Any, data: st.DataObject) -> None:
    words = data.draw(st.permutations(range(len(text.split()))))[:2]
    lines = [line.split() for line in text.splitlines()]
    flat = [(row, column) for row, line in enumerate(lines) for column in range(len(line))]
    for word in words:
        row, column = flat[word]
        odd = st.sampled_from(["", "x", "-1", "0", "1e9", "1e400", "nan", "3.5", "99", "\x00", "1 2"])
        lines[row][column] = data.draw(odd)
    try:
        problem_of(read("\n".join(" ".join(line) for line in lines)))
    except InvalidProblem as refused:
        _named(refused)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_refused_or_read(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file: Path = tmp_path_factory.getbasetemp() / "any"
    file.write_bytes(data)
    try:
        load(file)
    except InvalidProblem as refused:
        _named(refused)
