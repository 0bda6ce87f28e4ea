"""Plug-ins of a line of business: layers of the functions that compute metrics and that ask for their kinds."""

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from genai_foundation.errors import FoundationError
from genai_foundation.evaluation.steps import STEPS
from tests.synth.constructs.evaluation_samples import evaluation
from tests.synth.constructs.values import ACCOUNT, REGION

OURS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer"
PLUGINS = [f"{OURS}:motor-claims:3", f"{OURS}:broker-letters:1"]


@pytest.fixture
def stack() -> cdk.Stack:
    """An empty stack."""
    return cdk.Stack(cdk.App(), "Test", env=cdk.Environment(account=ACCOUNT, region=REGION))


def layers(stack: cdk.Stack) -> dict[str, list[str]]:
    """Layers by step."""
    found = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    by_handler = {each["Properties"]["Handler"].split(".")[3]: each["Properties"]["Layers"] for each in found}
    return {name: by_handler[step.handler] for name, step in STEPS.items()}


def test_plug_in_layers_are_added_to_score_and_gate_only(stack: cdk.Stack) -> None:
    evaluation(stack, "Evaluation", plugin_layer_arns=PLUGINS)
    assert layers(stack) == {
        name: [f"{OURS}:{step.layer}:1", *(PLUGINS if name in ("Score", "Gate") else [])]
        for name, step in STEPS.items()
    }


def test_without_plug_ins_every_function_has_its_own_layer_only(stack: cdk.Stack) -> None:
    evaluation(stack, "Evaluation")
    assert {len(each) for each in layers(stack).values()} == {1}


def test_four_plug_in_layers_fit(stack: cdk.Stack) -> None:
    evaluation(stack, "Evaluation", plugin_layer_arns=[f"{OURS}:plug-in-{number}:1" for number in range(4)])


def test_fails_for_more_layers_than_a_function_takes(stack: cdk.Stack) -> None:
    five = [f"{OURS}:plug-in-{number}:1" for number in range(5)]
    with pytest.raises(
        FoundationError, match=r"^GF-EVAL-303: plugin_layer_arns has 5 layers: a function takes 4 beside"
    ):
        evaluation(stack, "Evaluation", plugin_layer_arns=five)
