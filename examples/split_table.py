"""What runs in the processing job of processing.py: splits the rows of a table in two. Needs Python and nothing else."""

import argparse
import pathlib
import random

PROCESSING = pathlib.Path("/opt/ml/processing")

parser = argparse.ArgumentParser()
parser.add_argument("--test-share", type=float)
test_share = parser.parse_args().test_share

rows = [row for file in (PROCESSING / "input").glob("*.csv") for row in file.read_text().splitlines()]
print(f"read {len(rows)} rows", flush=True)
random.Random(1).shuffle(rows)
test_rows = int(len(rows) * test_share)
for name, part in {"test": rows[:test_rows], "train": rows[test_rows:]}.items():
    (PROCESSING / name / f"{name}.csv").write_text("\n".join(part) + "\n")
pathlib.Path("/opt/ml/output/message").write_text(f"{len(rows)} rows")
