"""`python -m thunderline.worker.study --serve`"""

from __future__ import annotations

import sys

from thunderline.worker.study.serve import main

sys.exit(main(sys.argv[1:]))
