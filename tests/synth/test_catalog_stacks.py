"""Guardrails and prompts: every released version, the same in both Regions, as the catalog has it (GRC-1, GRC-2)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from foundation.checks.assembly import Assembly, Resource
from stacks.settings import Settings
from stacks.settings.platform import ENVIRONMENTS, Environment
from tests.synth.templates import TWINS, only, stack

SITES = [(environment, twin) for environment in ENVIRONMENTS for twin in TWINS]


def content(resource: Resource) -> dict[str, Any]:
    """A resource's properties without what must differ: tags name the environment, policies the Region's ARNs."""
    if resource.type == "AWS::IAM::ManagedPolicy":
        return {}
    return {key: value for key, value in resource.properties.items() if key != "Tags"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("name", ["Guardrails", "Prompts"])
def test_both_regions_hold_identical_versions(assembly: Assembly, environment: Environment, name: str) -> None:
    primary = stack(assembly, f"{environment}/{name}")
    recovery = stack(assembly, f"{environment}/Recovery{name}")
    assert [(r.logical_id, r.type, content(r)) for r in primary.resources] == [
        (r.logical_id, r.type, content(r)) for r in recovery.resources
    ]


def test_every_environment_holds_identical_guardrails(assembly: Assembly) -> None:
    dev, *others = [
        [content(r) for r in stack(assembly, f"{environment}/Guardrails").of_type("AWS::Bedrock::Guardrail")]
        for environment in ENVIRONMENTS
    ]
    assert dev
    assert all(other == dev for other in others)


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_every_released_guardrail_is_there_with_one_immutable_version(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    here = stack(assembly, f"{environment}/{twin}Guardrails")
    guardrails = {each.properties["Name"]: each for each in here.of_type("AWS::Bedrock::Guardrail")}
    assert set(guardrails) == set(settings.catalog.guardrails)
    versions = [each.properties for each in here.of_type("AWS::Bedrock::GuardrailVersion")]
    assert sorted(each["GuardrailIdentifier"]["Fn::GetAtt"][0] for each in versions) == sorted(
        each.logical_id for each in guardrails.values()
    )


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_guardrails_say_what_the_catalog_says(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    here = stack(assembly, f"{environment}/{twin}Guardrails")
    for each in here.of_type("AWS::Bedrock::Guardrail"):
        spec = settings.catalog.guardrails[each.properties["Name"]]
        assert each.properties["BlockedInputMessaging"] == spec.blocked_input_messaging
        assert each.properties["BlockedOutputsMessaging"] == spec.blocked_outputs_messaging
        assert each.properties["KmsKeyArn"] == "{{resolve:ssm:/genai-foundation/security/data-key-arn}}"
        policies = dict(policies_of(each.properties))
        declared = {
            "ContentPolicyConfig.FiltersConfig": spec.content_policy and spec.content_policy.filters,
            "TopicPolicyConfig.TopicsConfig": spec.topic_policy and spec.topic_policy.topics,
            "WordPolicyConfig.WordsConfig": spec.word_policy and spec.word_policy.words,
            "SensitiveInformationPolicyConfig.PiiEntitiesConfig": spec.sensitive_information_policy
            and spec.sensitive_information_policy.pii_entities,
            "SensitiveInformationPolicyConfig.RegexesConfig": spec.sensitive_information_policy
            and spec.sensitive_information_policy.regexes,
            "ContextualGroundingPolicyConfig.FiltersConfig": spec.contextual_grounding_policy
            and spec.contextual_grounding_policy.filters,
        }
        for name, expected in declared.items():
            assert len(policies.get(name, [])) == len(expected or ()), f"{spec.reference} {name}"


def policies_of(properties: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Lists of the policy parts, by their path of two names."""
    for policy, parts in properties.items():
        if policy.endswith("PolicyConfig"):
            for part, items in parts.items():
                if isinstance(items, list):
                    yield f"{policy}.{part}", items


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_strengths_actions_and_thresholds_are_the_catalog_s(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    here = stack(assembly, f"{environment}/{twin}Guardrails")
    for each in here.of_type("AWS::Bedrock::Guardrail"):
        spec = settings.catalog.guardrails[each.properties["Name"]]
        if spec.content_policy:
            assert [
                (f["Type"], f["InputStrength"], f["OutputStrength"])
                for f in each.properties["ContentPolicyConfig"]["FiltersConfig"]
            ] == [(f.type, f.input_strength, f.output_strength) for f in spec.content_policy.filters]
        if spec.sensitive_information_policy:
            sensitive = each.properties["SensitiveInformationPolicyConfig"]
            for entity, given in zip(
                sensitive.get("PiiEntitiesConfig", []), spec.sensitive_information_policy.pii_entities, strict=True
            ):
                assert (entity["Type"], entity["Action"]) == (given.type, given.action)
                assert entity["OutputAction"] == (given.output_action or given.action)
            for regex, declared in zip(
                sensitive.get("RegexesConfig", []), spec.sensitive_information_policy.regexes, strict=True
            ):
                assert (regex["Name"], regex["Pattern"]) == (declared.name, declared.pattern)
        if spec.contextual_grounding_policy:
            assert [
                (f["Type"], f["Threshold"]) for f in each.properties["ContextualGroundingPolicyConfig"]["FiltersConfig"]
            ] == [(f.type, f.threshold) for f in spec.contextual_grounding_policy.filters]


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_every_prompt_of_an_approved_model_is_there_with_its_text_and_parameters(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    here = stack(assembly, f"{environment}/{twin}Prompts")
    prompts = {each.properties["Name"]: each.properties for each in here.of_type("AWS::Bedrock::Prompt")}
    expected = {spec.reference: spec for spec in settings.prompts_for(environment)}
    models = {model.id: model.invocation_id(here.region) for model in settings.models_for(environment)}
    assert prompts.keys() == expected.keys()
    assert len(list(here.of_type("AWS::Bedrock::PromptVersion"))) == len(expected)
    for name, spec in expected.items():
        (variant,) = prompts[name]["Variants"]
        chat = variant["TemplateConfiguration"]["Chat"]
        assert prompts[name]["CustomerEncryptionKeyArn"].startswith("{{resolve:ssm:")
        assert variant["ModelId"] == models[spec.model]
        assert [each["Name"] for each in chat["InputVariables"]] == [each.name for each in spec.variables]
        assert chat["Messages"] == [{"Role": "user", "Content": [{"Text": spec.template}]}]
        assert chat.get("System", [{"Text": ""}])[0]["Text"] == (spec.system or "")
        assert variant["InferenceConfiguration"]["Text"]["MaxTokens"] == spec.inference.max_tokens
        for variable in spec.variables:
            assert f"{{{{{variable.name}}}}}" in spec.template


@pytest.mark.parametrize(("environment", "twin"), SITES)
def test_a_use_case_s_contract_names_only_what_its_region_holds(
    assembly: Assembly, settings: Settings, environment: Environment, twin: str
) -> None:
    cases = {case.name: case for case in settings.use_cases_in(environment)}
    for each in assembly.stacks:
        if not each.path.startswith(f"{environment}/{twin}UseCase-"):
            continue
        case = cases[each.path.rpartition("UseCase-")[2]]
        parameter = only(
            p
            for p in each.of_type("AWS::SSM::Parameter")
            if p.properties["Name"] == f"/genai-foundation/use-cases/{case.name}"
        )
        held = names(assembly, f"{environment}/{twin}Guardrails", "AWS::Bedrock::Guardrail")
        assert f"{case.guardrail.name}-v{case.guardrail.version}" in held
        prompts = names(assembly, f"{environment}/{twin}Prompts", "AWS::Bedrock::Prompt")
        assert {f"{p.name}-v{p.version}" for p in case.prompts} <= prompts
        approved = {model.invocation_id(each.region) for model in settings.models_for(environment)}
        record = json.loads(parameter.properties["Value"])
        assert set(record["models"]) <= approved
        assert record["guardrail"] == {"name": case.guardrail.name, "version": case.guardrail.version}
        assert record["prompts"] == {p.name: p.version for p in case.prompts}


def names(assembly: Assembly, path: str, kind: str) -> set[str]:
    """Physical names of a stack's resources of one type."""
    return {each.properties["Name"] for each in stack(assembly, path).of_type(kind)}
