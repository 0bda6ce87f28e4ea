"""GF-ACC-01N: the contract of one use case by itself."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.checks.trees import children, place, repetitions, texts
from stacks.settings.files import Files, roots
from stacks.settings.platform import RESILIENCE_TIERS

REVIEWS = ("legal", "risk")


def check_use_cases(files: Files) -> list[ConfigError]:
    """Approvals, order of environments, repetitions, names and tiers."""
    cases = list(roots(files.use_cases).values())
    errors = _unique_names(cases)
    for case in cases:
        errors += _approvals(case) + _order(case) + _repeated(case) + _tier(files, case)
    return errors


def _approvals(case: Node) -> list[ConfigError]:
    environments = texts(case, "environments")
    if not environments:
        return []
    listed = ", ".join(name for name, _ in environments)
    errors = []
    for review in REVIEWS:
        given = case.get("approvals", review)
        place_of = given or case.get("approvals") or case.children["environments"]
        if given is None or given.value is None:
            text = f"the {review} approval is missing, so {listed} can't be built: add approvals.{review} or empty environments"
            errors.append(place_of.error("GF-ACC-010", text))
        elif given.text("by") is not None and given.text("by") == case.text("owner"):
            text = f"the {review} approval is the owner's own: name the reviewer, who must be another person"
            errors.append(given.children["by"].error("GF-ACC-011", text))
    return errors


def _order(case: Node) -> list[ConfigError]:
    environments = texts(case, "environments")
    names = {name for name, _ in environments}
    if "prod" not in names or "pre-prod" in names:
        return []
    node = dict(environments)["prod"]
    return [node.error("GF-ACC-012", "needs pre-prod, where the evaluation gates run: add pre-prod to environments")]


def _repeated(case: Node) -> list[ConfigError]:
    prompts = [(name.value, name) for prompt in children(case, "prompts") if (name := prompt.get("name")) is not None]
    named = [(value, node) for value, node in prompts if isinstance(value, str)]
    errors = [
        again.error("GF-ACC-014", f"repeats {place(first)}: a use case has one version of a prompt at a time; keep one")
        for again, first in repetitions(named)
    ]
    for key in ("environments", "models", "data_producers"):
        pairs = repetitions(texts(case, key))
        errors += [again.error("GF-ACC-013", f"repeats {place(first)}: keep one") for again, first in pairs]
    return errors


def _tier(files: Files, case: Node) -> list[ConfigError]:
    platform = files.platform.root.text("resilience_tier") if files.platform.root is not None else None
    tier = case.get("resilience_tier")
    ranks: dict[str, int] = {name: rank for rank, name in enumerate(RESILIENCE_TIERS)}
    if (
        tier is None
        or not isinstance(tier.value, str)
        or platform not in ranks
        or ranks.get(tier.value, 0) <= ranks[platform]
    ):
        return []
    text = f"is stronger than the platform's {platform}: lower it, or raise resilience_tier in platform.yaml"
    return [tier.error("GF-ACC-015", text)]


def _unique_names(cases: list[Node]) -> list[ConfigError]:
    names = [
        (name.value, name) for case in cases if (name := case.get("name")) is not None and isinstance(name.value, str)
    ]
    text = "is also the name in {}: use cases need names of their own"
    return [again.error("GF-ACC-016", text.format(first.file.name)) for again, first in repetitions(names)]
