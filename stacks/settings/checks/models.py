"""GF-MOD-0NN: the model hub, and what each environment approves of it."""

from __future__ import annotations

from genai_foundation.catalog.errors import ConfigError
from genai_foundation.catalog.validation import guess
from genai_foundation.catalog.yaml_tree import Node
from stacks.settings.bedrock_regions import CAPABILITIES
from stacks.settings.checks.regions import in_geography
from stacks.settings.checks.trees import children, hub, place, region_names, repetitions, texts
from stacks.settings.files import Files
from stacks.settings.platform import ENVIRONMENTS

ALLOWED_IN = {"approved": ENVIRONMENTS, "evaluation": ("dev",)}


def check_hub(files: Files) -> list[ConfigError]:
    """Each model once; Regions that exist; profiles that stay in their geography."""
    models = children(files.models.root, "models")
    ids = [(entry.value["id"], entry.children["id"]) for entry in models if entry.text("id") is not None]
    errors = [again.error("GF-MOD-001", f"repeats {place(first)}: keep one") for again, first in repetitions(ids)]
    for model in models:
        regions = texts(model, "regions")
        for profile in children(model, "inference_profiles"):
            sources, destinations = texts(profile, "source_regions"), texts(profile, "destination_regions")
            regions += sources + destinations
            errors += _geography(profile, destinations)
        unknown = [node for value, node in regions if value not in CAPABILITIES]
        text = "has no Amazon Bedrock"
        errors += [
            n.error("GF-MOD-002", f"{text}: {guess(n.value, CAPABILITIES, 'Regions that have it')}") for n in unknown
        ]
    return errors


def _geography(profile: Node, destinations: list[tuple[str, Node]]) -> list[ConfigError]:
    geography = (profile.text("id") or "").split(".", 1)[0]
    if not geography:
        return []
    outside = [node for value, node in destinations if value in CAPABILITIES and not in_geography(value, geography)]
    text = f"is outside the geography {geography!r} of the profile: correct the Region or the profile's id"
    return [node.error("GF-MOD-003", text) for node in outside]


def check_approved_models(files: Files) -> list[ConfigError]:
    """Every approved model is in the hub, allowed, reachable in both Regions, and stays in approved Regions."""
    root = files.platform.root
    models = root.get("models") if root is not None else None
    if models is None or not isinstance(models.value, dict):
        return []
    absent = [environment for environment in ENVIRONMENTS if environment not in models.children]
    errors = [models.error("GF-MOD-004", f"has no list for {each}: add one, if empty as []") for each in absent]
    for environment in ENVIRONMENTS:
        choices = children(models, environment)
        ids = [(choice.value["id"], choice.children["id"]) for choice in choices if choice.text("id") is not None]
        errors += [again.error("GF-MOD-005", f"repeats {place(first)}: keep one") for again, first in repetitions(ids)]
        for choice in choices:
            errors += _choice(files, environment, choice)
    return errors


def _choice(files: Files, environment: str, choice: Node) -> list[ConfigError]:
    known, wanted = hub(files), choice.get("id")
    if known is None or wanted is None or not isinstance(wanted.value, str):
        return []
    model = known.get(wanted.value)
    if model is None:
        text = f"is not in {files.models.file}: {guess(wanted.value, known, 'add it there, or use one of')}"
        return [wanted.error("GF-MOD-006", text)]
    return _allowed(environment, wanted, model) + _profiles(choice, model) + _reach(files, choice, wanted, model)


def _allowed(environment: str, wanted: Node, model: Node) -> list[ConfigError]:
    state = model.text("approval", "state")
    if state is None or environment in ALLOWED_IN.get(state, ()):
        return []
    text = f"has approval state {state!r} in the model hub, which doesn't allow {environment}: remove it or get it approved"
    return [wanted.error("GF-MOD-007", text)]


def _chosen(choice: Node, model: Node) -> list[tuple[Node, Node]]:
    """The choice's profiles with the hub's description of each."""
    described = {entry.text("id"): entry for entry in children(model, "inference_profiles")}
    return [(node, described[value]) for value, node in texts(choice, "inference_profiles") if value in described]


def _profiles(choice: Node, model: Node) -> list[ConfigError]:
    names = [
        str(entry.value.get("id")) for entry in children(model, "inference_profiles") if isinstance(entry.value, dict)
    ]
    given = texts(choice, "inference_profiles")
    unknown = [node for value, node in given if value not in names]
    label = "profiles of this model in the hub"
    errors = [
        n.error("GF-MOD-008", f"is not an inference profile of the model: {guess(n.value, names, label)}")
        for n in unknown
    ]
    taken: dict[str, Node] = {}
    for node, profile in _chosen(choice, model):
        for region, _ in texts(profile, "source_regions"):
            other = taken.setdefault(region, node)
            if other is not node:
                errors.append(
                    node.error("GF-MOD-009", f"can be called from {region} like {place(other)}: keep one of them")
                )
                break
    return errors


def _reach(files: Files, choice: Node, wanted: Node, model: Node) -> list[ConfigError]:
    chosen = _chosen(choice, model)
    sources = {region for _, profile in chosen for region, _ in texts(profile, "source_regions")}
    offered = {region for region, _ in texts(model, "regions")}
    errors = []
    for role, region in region_names(files).items():
        if region in sources or region in offered:
            continue
        others = [
            entry for entry in children(model, "inference_profiles") if region in dict(texts(entry, "source_regions"))
        ]
        advice = ", ".join(str(entry.text("id")) for entry in others)
        how = f"add the inference profile {advice}" if others else "approve another model, or change the Region"
        errors.append(wanted.error("GF-MOD-010", f"is not offered in the {role} Region {region} as configured: {how}"))
    return errors + _processing(files, chosen)


def _processing(files: Files, chosen: list[tuple[Node, Node]]) -> list[ConfigError]:
    root = files.platform.root
    allowed = {region for region, _ in texts(root, "regions", "inference")}
    errors = []
    for node, profile in chosen:
        is_global = str(node.value).startswith("global.")
        destinations = (
            set(CAPABILITIES) if is_global else {region for region, _ in texts(profile, "destination_regions")}
        )
        leaving = sorted(destinations - allowed)
        if allowed and leaving:
            listed = ", ".join(leaving[:8]) + (", …" if len(leaving) > 8 else "")
            text = f"may process requests in {listed}: add them to regions.inference if that is allowed, or use another profile"
            errors.append(node.error("GF-MOD-011", text))
    return errors
