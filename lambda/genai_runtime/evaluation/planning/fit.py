"""Whether every case can be asked of every candidate: found out before anything is paid for. Pure."""

from collections.abc import Iterable, Sequence

from genai_runtime.evaluation.calls.errors import CallsFailed
from genai_runtime.evaluation.calls.request import prompt_limits, template_variables
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.planning.errors import CASES_UNFIT, PlanFailed
from genai_runtime.evaluation.run import Candidate, Converse, OwnResponses

_SHOWN = 50


def check_fit(candidates: Iterable[Candidate], cases: Sequence[Case]) -> None:
    """Each case must fill exactly the variables of each candidate's prompt. Raises PlanFailed with all that don't."""
    problems = [problem for candidate in candidates for case in cases for problem in _problems(candidate, case)]
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise PlanFailed(
            CASES_UNFIT,
            f"{len(problems)} case(s) do not fit the prompt of a candidate, correct the dataset or choose another prompt:\n"
            + "\n".join([*problems[:_SHOWN], *more]),
        )


def _problems(candidate: Candidate, case: Case) -> list[str]:
    asks_the_model = isinstance(candidate.target, Converse)
    if isinstance(candidate.target, OwnResponses) or (asks_the_model and case.prompt is not None):
        return []
    try:
        given = template_variables(candidate.prompt, case).keys()
    except CallsFailed as error:
        return [f"{candidate.name}: {error.message}"]
    wanted = prompt_limits(candidate.prompt).variables.keys()
    missing, unexpected = ", ".join(sorted(wanted - given)), ", ".join(sorted(given - wanted))
    told = [f"lacks {missing}"] * bool(missing) + [f"has {unexpected}, which the prompt has not"] * bool(unexpected)
    return [f"{candidate.name}: case {case.id} {' and '.join(told)}"] if told else []
