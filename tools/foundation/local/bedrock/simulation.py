"""The state behind the simulated runtime, and the steps that Converse and ConverseStream share."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.local.bedrock.answers import Finish, Piece, answerer
from foundation.local.bedrock.errors import not_found, validation
from foundation.local.bedrock.guardrails import Grounding, Guardrail, GuardrailSource, Verdict, evaluate
from foundation.local.bedrock.model_table import ModelTable, table
from foundation.local.bedrock.prompts import expand
from foundation.local.bedrock.quota import Quotas, Ticket
from foundation.local.bedrock.request import ConverseRequest, GuardrailChoice, Json, parse
from foundation.local.bedrock.resolve import ApplicationProfiles, Resolved, resolve
from foundation.local.bedrock.settings import BedrockSettings, ModelRule
from foundation.local.bedrock.tokens import count

PromptSource = Callable[[str, str, str], Mapping[str, Any] | None]
_NO_GUARDRAIL = "The guardrail identifier or version provided in the request does not exist."


@dataclass
class Simulation:
    """Settings, quotas and where the control plane's resources come from."""

    settings: BedrockSettings
    guardrails: GuardrailSource
    profiles: ApplicationProfiles
    prompts: PromptSource
    models: ModelTable = field(default_factory=table)
    quotas: Quotas = field(default_factory=lambda: Quotas(time.monotonic))
    _calls: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, settings: BedrockSettings, models: ModelTable) -> None:
        """Take new settings and the models that go with them; the quotas start full."""
        self.settings, self.models = settings, models
        self.quotas.clear()

    def count_call(self, model: str) -> None:
        """Count a conversation that a model's quota admitted."""
        with self._lock:
            self._calls[model] += 1

    @property
    def calls(self) -> dict[str, int]:
        """Admitted conversations by model id since the process started."""
        with self._lock:
            return dict(self._calls)

    def resolve(self, caller: Caller, identifier: str) -> Resolved:
        """The model of an id or ARN for a caller; BedrockError as `resolve` raises it."""
        return resolve(self.models, identifier, caller.account, caller.region, self.profiles)

    def guardrail(self, caller: Caller, choice: GuardrailChoice, *, missing: str = "ValidationException") -> Guardrail:
        """The guardrail version that a request names; exactly that version applies.

        Raises:
            BedrockError: `missing`, if the guardrail or the version doesn't exist in the caller's account and Region.
        """
        try:
            config = self.guardrails(caller.account, caller.region, choice.identifier, choice.version)
        except LookupError as error:
            raise (not_found if missing == "ResourceNotFoundException" else validation)(_NO_GUARDRAIL) from error
        return Guardrail.of(config, choice.identifier, choice.version, caller.account, caller.region)


@dataclass(frozen=True)
class Caller:
    """Account and Region of a request."""

    account: str
    region: str


@dataclass
class Exchange:
    """One Converse or ConverseStream request on its way; `answer` is what the caller gets."""

    simulation: Simulation
    request: ConverseRequest
    resolved: Resolved
    rule: ModelRule
    ticket: Ticket
    guardrail: Guardrail | None
    input_verdict: Verdict | None
    output_verdict: Verdict | None = None
    model_text: str = ""
    text: str = ""
    finish: Finish = field(default_factory=Finish)

    @property
    def is_blocked(self) -> bool:
        """The guardrail refused the input: the model isn't called."""
        return self.input_verdict is not None and self.input_verdict.is_blocked

    def pieces(self) -> Iterator[Piece]:
        """The model's answer; it sees the masked input."""
        model = answerer(
            self.rule.model or self.simulation.settings.model, self.simulation.settings.answer_timeout_seconds
        )
        return model.answer(self.request)

    def refuse(self) -> None:
        """Answer with the guardrail's message in place of calling the model."""
        if self.guardrail:
            self.text = self.guardrail.message("INPUT")
        self.finish = Finish("guardrail_intervened", 0, 0)
        self.simulation.quotas.settle(self.ticket, 0)

    def complete(self, text: str, finish: Finish, *, masks: bool = True) -> None:
        """Take the model's whole answer, let the guardrail judge it and count the tokens.

        `masks=False`: the text is already with the caller (ConverseStream's async mode), so only the verdict changes.
        """
        tokens = finish.input_tokens, finish.output_tokens
        self.finish = Finish(
            finish.stop_reason,
            count(self.request.input_text) if tokens[0] is None else tokens[0],
            count(text) if tokens[1] is None else tokens[1],
            finish.tool_uses,
        )
        self.model_text = self.text = text
        self.simulation.quotas.settle(self.ticket, (self.finish.input_tokens or 0) + (self.finish.output_tokens or 0))
        if self.guardrail is None:
            return
        sources, query = self.request.qualified("grounding_source"), self.request.qualified("query")
        self.output_verdict = evaluate(
            self.guardrail, "OUTPUT", [text] if text else [], context=Grounding(tuple(sources), "\n".join(query))
        )
        if masks and self.output_verdict.is_blocked:
            self.text, self.finish = self.guardrail.message("OUTPUT"), self._stopped(keep_tools=False)
        elif masks and self.output_verdict.is_masked:
            self.text, self.finish = self.output_verdict.texts[0], self._stopped(keep_tools=True)
        elif self.output_verdict.intervened or (self.input_verdict and self.input_verdict.intervened):
            self.finish = self._stopped(keep_tools=True)

    def usage(self) -> dict[str, int]:
        """TokenUsage of the response."""
        spent = self.finish.input_tokens or 0, self.finish.output_tokens or 0
        return {"inputTokens": spent[0], "outputTokens": spent[1], "totalTokens": sum(spent)}

    def trace(self) -> Json | None:
        """trace.guardrail, if the request asked for it."""
        if not (self.guardrail and self.request.guardrail and self.request.guardrail.trace.startswith("enabled")):
            return None
        verdicts = [v for v in (self.input_verdict, self.output_verdict) if v]
        decisive = next((v for v in verdicts if v.is_blocked), None) or next(
            (v for v in verdicts if v.is_masked), verdicts[0]
        )
        trace: Json = {"actionReason": decisive.action_reason}
        if self.input_verdict:
            trace["inputAssessment"] = {self.guardrail.id: self.input_verdict.assessment}
        if self.output_verdict:
            trace["outputAssessments"] = {self.guardrail.id: [self.output_verdict.assessment]}
            if self.output_verdict.intervened:
                trace["modelOutput"] = [self.model_text]
        return {"guardrail": trace}

    def seconds(self, output_tokens: int) -> float:
        """How long the simulated model takes for a number of tokens."""
        return (self.rule.time_to_first_token_ms + self.rule.ms_per_token * max(0, output_tokens - 1)) / 1_000

    def _stopped(self, *, keep_tools: bool) -> Finish:
        tools = self.finish.tool_uses if keep_tools else ()
        return Finish("guardrail_intervened", self.finish.input_tokens, self.finish.output_tokens, tools)


def begin(simulation: Simulation, caller: Caller, identifier: str, body: Json) -> Exchange:
    """Validate a request, find its model and guardrail, take its quota and judge its input."""
    identifier, body = expand(simulation.prompts, caller.account, caller.region, identifier, body)
    request = parse(body)
    resolved = simulation.resolve(caller, identifier)
    if resolved.model.kind != "text":
        raise validation(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model."
        )
    check_size(request, resolved)
    guardrail = simulation.guardrail(caller, request.guardrail) if request.guardrail else None
    rule = simulation.settings.rule(resolved.model.id)
    reserve = count(request.input_text) + (request.max_tokens or resolved.model.max_output_tokens)
    ticket = simulation.quotas.admit(
        (caller.account, caller.region, resolved.quota_name),
        requests_per_minute=rule.requests_per_minute, tokens_per_minute=rule.tokens_per_minute, reserve=reserve,
    )  # fmt: skip
    simulation.count_call(resolved.model.id)
    verdict = None
    if guardrail:
        guarded = request.guarded()
        verdict = evaluate(guardrail, "INPUT", guarded, total=len(request.input_text))
        request = request.map_guarded(dict(zip(guarded, verdict.texts, strict=True)))
    return Exchange(simulation, request, resolved, rule, ticket, guardrail, verdict)


def check_size(request: ConverseRequest, resolved: Resolved) -> None:
    """Refuse what the model can't take, by the limits of the table."""
    model = resolved.model
    if request.max_tokens is not None and request.max_tokens > model.max_output_tokens:
        raise validation(
            f"The maximum tokens you requested exceeds the model limit of {model.max_output_tokens}. "
            f"Try again with a maximum tokens value that is lower than {model.max_output_tokens}."
        )
    if count(request.input_text) > model.context_tokens:
        raise validation("Input is too long for requested model.")
