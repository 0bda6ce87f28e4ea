"""What a candidate is asked, exactly as production would send it. Pure.

A case's `variables` fill the candidate's prompt as ModelAccess fills it: each value in a guarded block of its own, with
the qualifier that the catalog gives it. A case's `prompt` is the whole user message in place of the template, one guarded
block; the system text and the inference parameters stay.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from genai_runtime.evaluation.calls.errors import PROMPT_UNFIT, CallsFailed
from genai_runtime.evaluation.case import Case, Passage
from genai_runtime.evaluation.run import Candidate, PromptText
from genai_runtime.model_access.contracts import GuardrailContract, PromptLimits, VariableLimit
from genai_runtime.model_access.conversation import converse_request
from genai_runtime.model_access.limits import check_variables, estimate_tokens
from genai_runtime.model_access.template import Template, TemplateMessage, Variable, split

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime.type_defs import (
        ContentBlockUnionTypeDef,
        ConverseRequestTypeDef,
        InferenceConfigurationTypeDef,
    )

CONTEXT = "context"
_WHOLE_MESSAGE = "prompt"
_UNGUARDED = GuardrailContract(id="none", arn="none", version="none")


def conversation(run: str, candidate: Candidate, case: Case) -> "ConverseRequestTypeDef":
    """The Converse request of a case. Raises RequestRejected when its variables are not those of the prompt."""
    prompt, guardrail = candidate.prompt, candidate.guardrail
    if case.prompt is None:
        parts, limits = split(prompt.template), prompt_limits(prompt)
        variables = template_variables(prompt, case)
    else:
        parts = (Variable(_WHOLE_MESSAGE),)
        limits = _limits({_WHOLE_MESSAGE: VariableLimit(max_characters=sys.maxsize)})
        variables = {_WHOLE_MESSAGE: case.prompt}
    check_variables(prompt.name, limits, variables)
    request = converse_request(
        model=candidate.model_id,
        template=Template(
            (prompt.system,) if prompt.system else (), (TemplateMessage("user", parts),), _inference(prompt)
        ),
        variables=variables,
        limits=limits,
        guardrail=(
            GuardrailContract(id=guardrail.id, arn=guardrail.id, version=guardrail.version) if guardrail else _UNGUARDED
        ),
        metadata={"evaluation_run": run, "candidate": candidate.name, "case": case.id},
    )
    return request if guardrail else _without_guardrail(request)


def template_variables(prompt: PromptText, case: Case) -> dict[str, str]:
    """The variables of a case for the prompt's template: its own, and its passages as `context` where the template has
    that variable and the case doesn't fill it. A whole prompt becomes the template's only other variable.

    Raises:
        CallsFailed: if the template has no place, or more than one, for a whole prompt.
    """
    names = {part.name for part in split(prompt.template) if isinstance(part, Variable)}
    variables = dict(case.variables or {})
    if case.prompt is not None:
        places = sorted(names - {CONTEXT})
        if len(places) != 1:
            raise CallsFailed(
                PROMPT_UNFIT,
                f"case {case.id} is a whole prompt, and prompt {prompt.name} has the variables "
                f"{', '.join(places) or 'none'} beside {CONTEXT}: give the case `variables` instead of `prompt`",
            )
        variables[places[0]] = case.prompt
    if CONTEXT in names and CONTEXT not in variables and case.context:
        variables[CONTEXT] = joined(case.context)
    return variables


def joined(passages: Sequence[Passage]) -> str:
    """Passages as a prompt's context: each begins with its id in square brackets, as an answer may cite it (`[id]`), and a
    blank line parts them."""
    return "\n\n".join(f"[{passage.id}] {passage.text}" for passage in passages)


def prompt_limits(prompt: PromptText) -> PromptLimits:
    """The variables of a prompt with their qualifiers. Lengths are not limited: a suite may look beyond them."""
    names = (part.name for part in split(prompt.template) if isinstance(part, Variable))
    return _limits(
        {
            name: VariableLimit(max_characters=sys.maxsize, qualifier=prompt.qualifiers.get(name, "none"))
            for name in names
        }
    )


def reserved_tokens(candidate: Candidate, case: Case) -> float:
    """What the start of a request takes from the quota: its input, estimated, and max_tokens."""
    texts = [case.prompt] if case.prompt is not None else [*(case.variables or {}).values(), joined(case.context)]
    return estimate_tokens([candidate.prompt.system, candidate.prompt.template, *texts]) + candidate.prompt.max_tokens


def _limits(variables: dict[str, VariableLimit]) -> PromptLimits:
    return PromptLimits(max_input_tokens=sys.maxsize, variables=variables)


def _inference(prompt: PromptText) -> "InferenceConfigurationTypeDef":
    inference: InferenceConfigurationTypeDef = {"maxTokens": prompt.max_tokens}
    if prompt.temperature is not None:
        inference["temperature"] = prompt.temperature
    if prompt.top_p is not None:
        inference["topP"] = prompt.top_p
    if prompt.stop_sequences:
        inference["stopSequences"] = list(prompt.stop_sequences)
    return inference


def _without_guardrail(request: "ConverseRequestTypeDef") -> "ConverseRequestTypeDef":
    """Guarded blocks mean something to a guardrail only: without one they are plain text."""
    unguarded = request.copy()
    del unguarded["guardrailConfig"]
    unguarded["messages"] = [
        {"role": message["role"], "content": [_plain(cast("dict[str, Any]", block)) for block in message["content"]]}
        for message in request.get("messages", ())
    ]
    return unguarded


def _plain(block: dict[str, Any]) -> "ContentBlockUnionTypeDef":
    return {"text": block["guardContent"]["text"]["text"] if "guardContent" in block else block["text"]}
