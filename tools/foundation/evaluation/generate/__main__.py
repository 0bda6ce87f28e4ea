"""`python -m foundation.evaluation.generate [--check] [EVALUATIONS]`: write the generated datasets, or compare them."""

from __future__ import annotations

import sys
from pathlib import Path

from foundation.evaluation.generate.write import stale, write


def main(arguments: list[str]) -> int:
    """Exit code 1 when `--check` finds a dataset that isn't what would be generated."""
    check = "--check" in arguments
    folders = [each for each in arguments if each != "--check"]
    evaluations = Path(folders[0]) if folders else Path("catalog/evaluations")
    files = list(stale(evaluations)) if check else write(evaluations)
    for file in files:
        print(f"{'differs' if check else 'written'}: {file}")
    return 1 if check and files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
