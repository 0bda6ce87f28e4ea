"""A job's dataset: JSON lines in the format of its kind.

Formats: Amazon Bedrock User Guide, "Create a prompt dataset for a model evaluation job that uses a model as judge",
"Creating a prompt dataset for retrieve-and-generate RAG evaluation jobs", "Create a prompt dataset for retrieve-only RAG
evaluation jobs", "Create a custom prompt dataset for a model evaluation job that uses human workers".
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from genai_runtime.evaluation.calls.request import conversation
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.jobs.names import Kind
from genai_runtime.evaluation.run import Candidate

MOST_PROMPTS: Final = 1000
"""In one dataset (the pages above)."""
Row = dict[str, Any]


def rows(kind: Kind, run: str, candidate: Candidate, asked: Iterable[tuple[Case, str | None]]) -> list[Row]:
    """A row for each case; the answer is None where the job asks the model itself."""
    return [_row(kind, candidate, case, prompt_text(run, candidate, case), answer) for case, answer in asked]


def json_lines(dataset: Iterable[Row]) -> bytes:
    """The file, the same bytes for the same rows."""
    return b"".join(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in dataset)


def prompt_text(run: str, candidate: Candidate, case: Case) -> str:
    """What the candidate is asked, as one text: a dataset has no system prompt of its own."""
    request: Mapping[str, Any] = conversation(run, candidate, case)
    texts = [block["text"] for block in request.get("system", ()) if "text" in block]
    for message in request.get("messages", ()):
        texts.append("".join(_text(block) for block in message["content"]))
    return "\n\n".join(text for text in texts if text.strip())


def _row(kind: Kind, candidate: Candidate, case: Case, prompt: str, answer: str | None) -> Row:
    if kind in ("rag-retrieve", "rag-generate"):
        return {"conversationTurns": [_turn(kind, candidate, case, prompt, answer or "")]}
    row: Row = {"prompt": prompt, "category": case.kind}
    if case.right_answers:
        row["referenceResponse"] = case.right_answers[0]
    if answer is not None:
        row["modelResponses"] = [{"response": answer, "modelIdentifier": candidate.name}]
    return row


def _turn(kind: Kind, candidate: Candidate, case: Case, prompt: str, answer: str) -> Row:
    passages = {"retrievalResults": [{"name": each.id, "content": {"text": each.text}} for each in case.context]}
    output: Row = {"knowledgeBaseIdentifier": candidate.name}
    if kind == "rag-retrieve":
        output["retrievedResults"] = passages
    else:
        output |= {"text": answer, "modelIdentifier": candidate.name, "retrievedPassages": passages}
    turn: Row = {"prompt": {"content": [{"text": _question(case, prompt)}]}, "output": output}
    if case.right_answers:
        turn["referenceResponses"] = [{"content": [{"text": text}]} for text in case.right_answers[:1]]
    return turn


def _question(case: Case, prompt: str) -> str:
    """What was searched for: the question without the passages that were found."""
    if case.prompt is not None:
        return case.prompt
    return "\n".join(value for name, value in (case.variables or {}).items() if name != "context") or prompt


def _text(block: Mapping[str, Any]) -> str:
    guarded = block.get("guardContent", {}).get("text", {}).get("text")
    return str(guarded if guarded is not None else block.get("text", ""))
