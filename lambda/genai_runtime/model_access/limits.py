"""A prompt's limits, applied before a model is paid for. Pure."""

from collections.abc import Iterable, Mapping

from genai_runtime.model_access import errors
from genai_runtime.model_access.contracts import PromptLimits
from genai_runtime.model_access.errors import RequestFailed, RequestRejected
from genai_runtime.model_access.request import shown
from genai_runtime.model_access.template import Template

_BYTES_PER_TOKEN = 3
_SHOWN_NAMES = 5


def estimate_tokens(texts: Iterable[str]) -> int:
    """Estimate input tokens: one per three UTF-8 bytes of each text, rounded up.

    On the high side for what prompts hold: English prose and code take about four bytes a token, other European
    languages three to four, Chinese and Japanese about three (one character). Dense text such as base64 takes two and
    is underestimated; the model's own context window still bounds it.
    """
    return sum(-(-len(text.encode()) // _BYTES_PER_TOKEN) for text in texts)


def check_agreement(prompt: str, limits: PromptLimits, template: Template) -> None:
    """The stored text and the published limits must speak of the same variables. Raises RequestFailed."""
    if template.variables() != limits.variables.keys():
        raise RequestFailed(
            errors.PROMPT_UNUSABLE,
            f"prompt {prompt}: its text uses {sorted(template.variables())} and its limits name "
            f"{sorted(limits.variables)}: the platform team has to deploy the prompt again",
        )


def check_variables(prompt: str, limits: PromptLimits, variables: Mapping[str, str]) -> None:
    """All variables given, none else, none blank, each within its length in characters. Raises RequestRejected."""
    wanted = ", ".join(sorted(limits.variables)) or "none"
    missing = sorted(limits.variables.keys() - variables.keys())
    if missing:
        raise RequestRejected(
            errors.VARIABLE_MISSING,
            f"prompt {prompt} needs the variables {', '.join(missing)}: send all of {wanted}",
        )
    unexpected = sorted(variables.keys() - limits.variables.keys())
    if unexpected:
        names = ", ".join(shown(name) for name in unexpected[:_SHOWN_NAMES])
        raise RequestRejected(
            errors.VARIABLE_UNEXPECTED, f"prompt {prompt} has no variables {names}: it takes {wanted}"
        )
    for name, value in variables.items():
        most = limits.variables[name].max_characters
        if len(value) > most:
            raise RequestRejected(
                errors.VARIABLE_TOO_LONG,
                f"variable {name} has {len(value)} characters, prompt {prompt} takes {most}: shorten it",
            )
        if not value.strip():
            raise RequestRejected(errors.VARIABLE_BLANK, f"variable {name} is blank: prompt {prompt} needs a text")


def check_size(prompt: str, limits: PromptLimits, template: Template, variables: Mapping[str, str]) -> None:
    """The whole input must fit the prompt's token limit by estimate_tokens. Raises RequestRejected."""
    tokens = estimate_tokens([*template.trusted_text(), *variables.values()])
    if tokens > limits.max_input_tokens:
        raise RequestRejected(
            errors.INPUT_TOO_LARGE,
            f"the input has about {tokens} tokens, prompt {prompt} takes {limits.max_input_tokens}: "
            "send shorter variables",
        )
