"""`python -m tests.bench.routing.child CORE`: one contestant on one instance, asked and answering in JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import redirect_stdout
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from routing.formats.choices import Objective
from tests.bench.routing import sample
from tests.bench.routing.request import Answer, Request
from tests.bench.routing.solvers import solver


def main() -> None:
    """Read a request from standard input, solve it, and write the answer to standard output."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asked = json.loads(sys.stdin.readline())
    request = Request(**asked | {"objective": Objective(asked["objective"])})
    file = Path(request.file)
    instance = sample.read(file.parent, file.stem, as_vrptw=request.as_vrptw)
    with redirect_stdout(sys.stderr):
        solve = solver(request.solver)
        prepare = getattr(import_module(solve.__module__), "prepare", None)
        if prepare is not None:
            prepare()
        began_s = time.monotonic()
        routes = solve(instance, request)
        answer = Answer(routes, time.monotonic() - began_s)
    sys.stdout.write(json.dumps(asdict(answer)) + "\n")
    sys.stdout.flush()
    # Some solvers crash while their objects are taken down; the answer is out by now.
    os._exit(0)


if __name__ == "__main__":
    main()
