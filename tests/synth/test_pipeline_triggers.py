"""Which change starts a release: every file that is deployed, evaluated or tested, and no mere text."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from stacks.settings import Settings
from tests.synth.app import CHECKOUT
from tests.synth.pipeline import pipeline

RELEASED = ("catalog", "config", "constructs", "lambda", "stacks", "tools")
# A changed guardrail, prompt, model, threshold, dataset, gateway or platform setting, use case, function, stack, tool, pin.
CHANGES = (
    "catalog/guardrails/regulated-v2.yaml",
    "catalog/prompts/api-answer-v2.yaml",
    "catalog/models.yaml",
    "catalog/prices.yaml",
    "catalog/released.lock",
    "catalog/evaluations/bedrock-api-reference/suite.yaml",
    "catalog/evaluations/bedrock-api-reference/cases.jsonl",
    "catalog/evaluations/bedrock-api-reference/rubric.md",
    "catalog/flows/claims-v1.yaml",
    "config/platform.yaml",
    "config/use_cases/claims-assistant.yaml",
    "constructs/genai_foundation/network/services.py",
    "lambda/genai_runtime/model_access/handler.py",
    "lambda/runtime.lock",
    "stacks/network.py",
    "tools/foundation/release/cli.py",
    "app.py",
    "cdk.json",
    "package-lock.json",
    "requirements.lock",
    "Makefile",
    "tests/synth/test_permissions.py",
)
TEXTS = ("README.md", "docs/architecture.md", "docs/adr/0001-pins-and-set-up.md", "examples/lob-assistant/app.py")


def matches(glob: str, path: str) -> bool:
    """CodePipeline's globs: `*` and `?` end at a slash, `**` doesn't (CodePipeline User Guide, "Working with glob patterns")."""
    pattern = ""
    for token in re.findall(r"\*\*|\*|\?|\[[^\]]+\]|\{[^}]+\}|.", glob):
        if token == "**":
            pattern += ".*"
        elif token == "*":
            pattern += "[^/]*"
        elif token == "?":
            pattern += "[^/]"
        elif token[0] == "{" and len(token) > 1:
            pattern += "(" + "|".join(map(re.escape, token[1:-1].split(","))) + ")"
        else:
            pattern += token if token[0] == "[" and len(token) > 1 else re.escape(token)
    return re.fullmatch(pattern, path) is not None


def starts(event: Mapping[str, Any], branch: str, paths: Sequence[str]) -> bool:
    """Whether a change of these paths starts the pipeline: one that isn't excluded is enough."""

    def admits(rule: Mapping[str, Any], value: str) -> bool:
        included = any(matches(glob, value) for glob in rule["Includes"]) if "Includes" in rule else True
        return included and not any(matches(glob, value) for glob in rule.get("Excludes", ()))

    return admits(event["Branches"], branch) and any(admits(event["FilePaths"], path) for path in paths)


def events(assembly: Assembly) -> dict[str, Mapping[str, Any]]:
    """The one trigger of each pipeline."""
    found = {}
    for name, kind in (("genai-foundation-release", "Push"), ("genai-foundation-pull-request", "PullRequest")):
        (trigger,) = pipeline(assembly, name).properties["Triggers"]
        assert trigger["ProviderType"] == "CodeStarSourceConnection"
        assert set(trigger["GitConfiguration"]) == {"SourceActionName", kind}
        assert trigger["GitConfiguration"]["SourceActionName"] == "Source"
        (found[kind],) = trigger["GitConfiguration"][kind]
    return found


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("*.md", "README.md", True),
        ("*.md", "catalog/README.md", False),
        ("docs/**", "docs/adr/0001.md", True),
        ("docs/*", "docs/adr/0001.md", False),
        ("release/?", "release/1", True),
        ("*.{yaml,json}", "a.json", True),
        ("[ab].py", "b.py", True),
    ],
)
def test_the_matcher_reads_globs_as_codepipeline_does(glob: str, path: str, expected: bool) -> None:
    assert matches(glob, path) is expected


@pytest.mark.parametrize("kind", ["Push", "PullRequest"])
@pytest.mark.parametrize("path", CHANGES)
def test_a_change_of_what_is_deployed_or_evaluated_starts_a_release(
    assembly: Assembly, settings: Settings, kind: str, path: str
) -> None:
    release = settings.release
    assert release is not None
    assert starts(events(assembly)[kind], release.branch, [path])


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_alone_starts_none(assembly: Assembly, path: str) -> None:
    for event in events(assembly).values():
        assert not starts(event, "main", [path])
        assert starts(event, "main", [path, "catalog/models.yaml"])


def test_no_file_of_what_is_released_is_left_out(assembly: Assembly) -> None:
    listed = subprocess.run(["git", "ls-files", *RELEASED], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    paths = listed.stdout.splitlines()
    assert len(paths) > 100
    for kind, event in events(assembly).items():
        assert [path for path in paths if not starts(event, "main", [path])] == [], kind


def test_other_branches_start_none(assembly: Assembly) -> None:
    for event in events(assembly).values():
        assert not starts(event, "feature/prompt", ["catalog/models.yaml"])
        assert not starts(event, "main2", ["catalog/models.yaml"])


def test_a_pull_request_is_evaluated_whenever_it_changes_and_not_when_it_is_closed(assembly: Assembly) -> None:
    assert events(assembly)["PullRequest"]["Events"] == ["OPEN", "UPDATED"]
