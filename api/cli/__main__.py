"""Lets `python -m api.cli` be the command."""

import sys

from api.cli import main

sys.exit(main())
