"""The worker that a bridge runs unless it is configured with another one: `CEREBROS_SCRIPT_PATH`.

    CEREBROS_BRIDGE_OP=run_trial CEREBROS_BRIDGE_RUN_ID=study python cerebros_service.py < payload.json
    python cerebros_service.py --serve

numpy, torch, keras and mlflow are imported only by trials that need them.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    # Python searches the folder of a script first, where this package's modules would hide others of the same name.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

    from thunderline.worker.main import main
    from thunderline.worker.training import check, train

    main(train, check)
