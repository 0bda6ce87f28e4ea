"""Section findings: how secure by construction the templates are, counted before any acknowledgement."""

from __future__ import annotations

from foundation.bench.figures import Aim, Figure
from foundation.bench.run import Bench
from foundation.checks.figures import figures as count

NAMES = {
    "aws_solutions": "AwsSolutions findings per 100 resources",
    "checkov": "checkov failures per 100 resources",
    "iam": "IAM weaknesses per 100 resources",
    "cfn_lint_errors": "cfn-lint errors",
    "cfn_lint_warnings": "cfn-lint warnings",
}


def findings(bench: Bench) -> list[Figure]:
    """The figures of `foundation check figures`, over the templates of this run."""
    bench.say("count findings")
    counted = count(bench.assembly, bench.out / "cfn-lint")["figures"]
    made = []
    for key, each in counted.items():
        aim = Aim(each["aim"], f"at most {each['aim']:g}")
        value = each["count"] if each["aim"] == 0 else each["per_100_resources"]
        name = NAMES.get(key, f"{key} per 100 resources")
        made.append(Figure(f"findings.{key}", name, "", (value,), aim, note=f"{each['count']} in all"))
    return made
