"""What is judged: a question, what the answer could rely on, the right answer, and the answer."""

from dataclasses import dataclass

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.judging.records import CalibrationItem
from genai_runtime.evaluation.run import PromptText

CONTEXT_VARIABLE = "context"


@dataclass(frozen=True)
class Subject:
    """All of it untrusted text. `context` has a line of its own for each passage's id."""

    question: str
    context: str
    reference: str
    answer: str

    def texts(self) -> tuple[str, ...]:
        """Every part, in one order."""
        return self.question, self.context, self.reference, self.answer


def subject_of_case(case: Case, prompt: PromptText, answer: str) -> Subject:
    """A case and what a candidate answered to it."""
    return Subject(question_of(case, prompt), context_of(case, prompt), "\n".join(case.right_answers), answer)


def subject_of_item(item: CalibrationItem) -> Subject:
    """An item of the calibration."""
    passages = (f"[{passage.id}]\n{passage.text}" for passage in item.context)
    return Subject(item.question, "\n\n".join(passages), item.reference or "", item.answer)


def question_of(case: Case, prompt: PromptText) -> str:
    """The user's question: the case's prompt, or the variable that the prompt marks as query, or all that aren't context."""
    if case.prompt is not None:
        return case.prompt
    variables = {
        name: value for name, value in (case.variables or {}).items() if name not in _context_variables(prompt)
    }
    marked = [value for name, value in variables.items() if prompt.qualifiers.get(name) == "query"]
    if marked:
        return "\n\n".join(marked)
    if len(variables) == 1:
        return next(iter(variables.values()))
    return "\n".join(f"{name}: {value}" for name, value in variables.items())


def context_of(case: Case, prompt: PromptText) -> str:
    """The passages, each below its id; of a case without any, the variables that are grounding sources."""
    if case.context:
        return "\n\n".join(f"[{passage.id}]\n{passage.text}" for passage in case.context)
    named = _context_variables(prompt)
    return "\n\n".join(value for name, value in (case.variables or {}).items() if name in named)


def _context_variables(prompt: PromptText) -> set[str]:
    return {CONTEXT_VARIABLE} | {name for name, role in prompt.qualifiers.items() if role == "grounding_source"}
