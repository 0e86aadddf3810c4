import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

key, records = f"heat-{uuid.uuid4()}", []
path = Path(os.environ["SIMVUE_OFFLINE_DIRECTORY"], "journals", f"{key}.jsonl")
with path.open("xb", buffering=0) as file:  # x: never a file that is there already
    header = {"kind": "header", "format": "simvue-journal", "version": "1.0", "journal": key, "run": key, "writer": {}}
    metrics = [{"kind": "metrics", "values": {"loss": 1 / (step + 3)}, "step": step} for step in range(3)]
    for seq, record in enumerate([header, *metrics, {"kind": "end", "status": "completed", "records": 4}]):
        record |= {"seq": seq, "at": datetime.now(UTC).isoformat()}
        file.write(json.dumps(record, allow_nan=False, separators=(",", ":")).encode() + b"\n")
