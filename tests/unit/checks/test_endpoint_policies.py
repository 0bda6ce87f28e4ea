"""Every endpoint has a policy for the organisation only, and approved models on the Bedrock runtime endpoint."""

from typing import Any

import pytest

from foundation.checks.assembly import Assembly
from foundation.checks.endpoints import check_endpoints, prove_endpoints
from foundation.checks.templates import check_templates
from tests.unit.checks.breaking import Found, Template, properties, statement
from tests.unit.checks.sample import MODEL


def test_proof_shows_what_each_endpoint_allows(good: Assembly) -> None:
    proofs = {proof.service.rsplit(".", 1)[-1]: proof for proof in prove_endpoints(good.stacks[0])}
    assert proofs["s3"].kind == "Gateway"
    assert proofs["bedrock-runtime"].organisations == ("o-exampleorg1",)
    assert proofs["bedrock-runtime"].actions == ("bedrock:InvokeModel",)
    assert proofs["bedrock-runtime"].models == (MODEL,)


@pytest.mark.parametrize("document", [None, {}, {"Version": "2012-10-17", "Statement": []}, '{"Statement": "text"}'])
def test_fails_without_a_policy(found: Found, document: object) -> None:
    assert found(lambda template: properties(template, "S3").update(PolicyDocument=document)) == ["GF::GF-ENDPOINT-001"]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringEquals": {"aws:PrincipalOrgID": "*"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorg1"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}},
        {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
    ],
)
def test_fails_for_principals_outside_the_organisation(found: Found, condition: dict[str, Any]) -> None:
    ids = found(lambda template: statement(template, "S3", "PolicyDocument").update(Condition=condition))
    assert ids == ["GF::GF-ENDPOINT-002[statement-1]"]


def test_fails_on_one_open_statement_among_limited_ones(found: Found) -> None:
    def change(template: Template) -> None:
        document = properties(template, "S3")["PolicyDocument"]
        document["Statement"].append(
            {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        )

    assert found(change) == ["GF::GF-ENDPOINT-002[Open]"]


@pytest.mark.parametrize(
    "resource", ["*", "arn:aws:bedrock:eu-west-1::foundation-model/*", "arn:aws:bedrock:*::foundation-model/a.b"]
)
def test_fails_on_models_with_wildcards(found: Found, resource: str) -> None:
    ids = found(lambda template: statement(template, "BedrockRuntime", "PolicyDocument").update(Resource=resource))
    assert ids == [f"GF::GF-ENDPOINT-003[{resource}]"]


def test_fails_on_a_model_that_is_not_approved(good: Assembly) -> None:
    assert check_templates(good, {"dev": frozenset({"amazon.nova-lite-v1:0"})}) == ()
    other = [judged.finding for judged in check_templates(good, {"dev": frozenset({"another.model"})})]
    assert [finding.id for finding in other] == [f"GF::GF-ENDPOINT-003[{MODEL}]"]
    assert "isn't approved for dev" in other[0].message


def test_a_stage_without_approved_models_may_invoke_none(good: Assembly) -> None:
    assert len(list(check_endpoints(good.stacks[0], frozenset()))) == 1
