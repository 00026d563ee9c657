"""`python -m thunderline`: lists, sends or deletes the events that wait on disk."""

from __future__ import annotations

import sys

from thunderline.cli.main import main

sys.exit(main())
