"""`python -m tests.fuzz`: break files, read them, and say what came of it."""

import argparse
import sys

from tests.fuzz.campaign import run, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=1)
    wanted = parser.parse_args()
    results = list(run(wanted.count, wanted.seed, wanted.jobs))
    faults = [result for result in results if result.outcome not in ("accepted", "refused")]
    for fault in faults[:50]:
        print(f"--- file {fault.number}, {fault.reader}: {fault.outcome}\n{fault.said}", file=sys.stderr)
    print(table(results))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
