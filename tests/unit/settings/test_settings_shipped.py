"""The shipped example: complete, valid, and what the stacks read from it."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from pydantic import ValidationError

from stacks.settings import ENVIRONMENTS, Settings, default_catalog, load_settings

CHECKOUT = Path(__file__).resolve().parents[3]


def test_accounts_are_the_six_of_the_example(shipped: Settings) -> None:
    assert [(account.stage, account.role, account.name, account.id) for account in shipped.accounts] == [
        ("shared", "shared", "", "111111111111"),
        ("dev", "dev", "", "222222222222"),
        ("pre-prod", "pre-prod", "", "333333333333"),
        ("prod", "prod", "", "444444444444"),
        ("data-governance", "data-governance", "", "555555555555"),
        ("data-producer-crm", "data-producer", "crm", "666666666666"),
    ]


def test_an_account_knows_whether_it_is_a_workload_environment(shipped: Settings) -> None:
    assert shipped.account("pre-prod").environment == "pre-prod"
    assert shipped.account("data-producer-crm").environment is None


def test_fails_to_find_an_unknown_account(shipped: Settings) -> None:
    with pytest.raises(KeyError, match="data-producer-crm"):
        shipped.account("staging")


def test_regions_and_their_zones(shipped: Settings) -> None:
    assert shipped.regions.primary.name == "eu-west-1"
    assert shipped.regions.recovery.name == "eu-central-1"
    assert shipped.regions.primary.availability_zones == ("euw1-az1", "euw1-az2", "euw1-az3")


def test_every_networked_stage_has_a_block_in_both_regions(shipped: Settings) -> None:
    assert shipped.network.stages == ("dev", "pre-prod", "prod", "data-governance")
    assert shipped.network.cidr("prod", "recovery") == "10.18.128.0/19"
    blocks = {shipped.network.cidr(stage, role) for stage in shipped.network.stages for role in ("primary", "recovery")}
    assert len(blocks) == 8


def test_production_approves_less_than_development(shipped: Settings) -> None:
    dev, pre_prod, prod = ({model.id for model in shipped.models_for(each)} for each in ENVIRONMENTS)
    assert prod < pre_prod < dev


def test_a_model_is_reached_through_its_inference_profile(shipped: Settings) -> None:
    lite = next(model for model in shipped.models_for("prod") if model.id == "amazon.nova-lite-v1:0")
    assert lite.invocation_id("eu-west-1") == "eu.amazon.nova-lite-v1:0"
    assert lite.processing_regions("eu-west-1") == ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3")


def test_a_model_without_a_profile_is_reached_by_its_own_id(shipped: Settings) -> None:
    titan = next(model for model in shipped.models_for("prod") if model.id == "amazon.titan-embed-text-v2:0")
    assert titan.profile_in("eu-central-1") is None
    assert titan.invocation_id("eu-central-1") == "amazon.titan-embed-text-v2:0"
    assert titan.processing_regions("eu-central-1") == ("eu-central-1",)


def test_the_catalog_holds_released_versions_by_reference(shipped: Settings) -> None:
    assert set(shipped.catalog.guardrails) == {"baseline-v1", "customer-facing-v1", "regulated-v1"}
    assert set(shipped.catalog.prompts) == {
        "api-answer-v1", "classify-v1", "extract-v1", "grounded-answer-v1", "summarise-v1",
    }  # fmt: skip
    for use_case in shipped.use_cases:
        assert shipped.catalog.guardrail(use_case.guardrail).reference == use_case.guardrail.reference
        assert all(shipped.catalog.prompt(each).reference == each.reference for each in use_case.prompts)


def test_use_cases_by_environment(shipped: Settings) -> None:
    assert [case.name for case in shipped.use_cases_in("prod")] == ["claims-assistant", "policy-search"]
    assert len(shipped.use_cases_in("dev")) == 3


def test_prompts_are_built_where_their_model_is_approved(shipped: Settings) -> None:
    assert {prompt.reference for prompt in shipped.prompts_for("prod")} == set(shipped.catalog.prompts)


def test_a_use_case_overrides_the_platform_tags_with_its_own(shipped: Settings) -> None:
    case = shipped.use_cases_in("prod")[0]
    tags = shipped.tags_for(case)
    assert tags["application"] == shipped.tags["application"]
    assert (tags["owner"], tags["cost-centre"]) == (case.owner, case.cost_centre)
    assert tags["use-case"] == "claims-assistant"


def test_state_is_safe_by_default(shipped: Settings) -> None:
    assert shipped.removal.allow_destroy is False


def test_every_guardrail_stops_attacks_and_masks_or_blocks_personal_data(shipped: Settings) -> None:
    for guardrail in shipped.catalog.guardrails.values():
        assert guardrail.content_policy is not None
        strengths = {each.type: each.input_strength for each in guardrail.content_policy.filters}
        assert strengths["PROMPT_ATTACK"] == "HIGH"
        assert guardrail.sensitive_information_policy is not None
        actions = {each.type: each.action for each in guardrail.sensitive_information_policy.pii_entities}
        assert actions["AWS_SECRET_KEY"] == "BLOCK"
        assert actions["EMAIL"] == "ANONYMIZE"
        assert guardrail.contextual_grounding_policy is not None


def test_the_regulated_guardrail_is_the_strictest(shipped: Settings) -> None:
    def grounding(name: str) -> float:
        policy = shipped.catalog.guardrails[name].contextual_grounding_policy
        assert policy is not None
        return next(each.threshold for each in policy.filters if each.type == "GROUNDING")

    assert grounding("baseline-v1") < grounding("customer-facing-v1") < grounding("regulated-v1")


def test_fails_to_change_settings(shipped: Settings) -> None:
    with pytest.raises(FrozenInstanceError):
        shipped.config = Path("elsewhere")  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        shipped.platform.retention.audit_days = 1  # type: ignore[misc]


def test_the_catalog_defaults_to_the_folder_beside_the_configuration(tmp_path: Path) -> None:
    assert default_catalog(tmp_path / "config") == CHECKOUT / "catalog"
    (tmp_path / "catalog").mkdir()
    assert default_catalog(tmp_path / "config") == tmp_path / "catalog"


def test_loading_needs_neither_the_cdk_nor_an_aws_client() -> None:
    code = "import sys, stacks.settings; print({'aws_cdk', 'boto3', 'botocore', 'jsii', 'rich'} & sys.modules.keys())"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert result.stdout == "set()\n"


def test_loading_is_quick_enough_for_every_synth() -> None:
    def seconds() -> float:
        start = time.process_time()
        load_settings(CHECKOUT / "config")
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.1
