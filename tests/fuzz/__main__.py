"""`python -m tests.fuzz`: break files, read them, and say what came of it."""

import argparse
import json
import sys
from pathlib import Path

from tests.fuzz.campaign import counts, run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--report", type=Path, help="counts and faults as JSON")
    wanted = parser.parse_args()
    results = list(run(wanted.count, wanted.seed, wanted.jobs))
    faults = [result for result in results if result.outcome not in ("accepted", "refused")]
    for fault in faults[:50]:
        print(f"--- file {fault.number}, {fault.reader}: {fault.outcome}\n{fault.said}", file=sys.stderr)
    print(table(results))
    if wanted.report:
        found = [f"file {fault.number}, {fault.reader}: {fault.outcome}: {fault.said}" for fault in faults]
        wanted.report.write_text(json.dumps({"readers": counts(results), "faults": found}, indent=1))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
