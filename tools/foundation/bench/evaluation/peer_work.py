"""Our side of the section evaluation-peers. Run as a script: `peer_work.py scoring|plain FOLDER CANNED ANSWER`.

`scoring` is the deployed function's step, with a folder in place of the bucket: responses are read, scores are written.
`plain` is the loop over the libraries that somebody would write by hand.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

RUN: Final = "bench"
THREADS: Final = 16


class Folder:
    """What the scoring step uses of an S3 client, on files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """A file's content."""
        try:
            return {"Body": BytesIO((self._folder / Bucket / Key).read_bytes())}
        except FileNotFoundError:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject") from None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Write a file."""
        path = self._folder / Bucket / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        return {}


def scoring(folder: Path) -> dict[str, int]:
    """The scoring step on every batch."""
    from genai_runtime.evaluation import layout
    from genai_runtime.evaluation.metrics.batches import BatchScorer
    from genai_runtime.evaluation.records import Batch
    from genai_runtime.evaluation.store import Store

    client: Any = Folder(folder)
    store = Store(client, "runs")
    no_models: Any = None
    scorer = BatchScorer(store, no_models, ThreadPoolExecutor(THREADS))
    batches = (store.read(layout.batches(RUN, 1)) or b"").splitlines()
    scored = [case for line in batches for case in scorer.score(Batch.model_validate_json(line)).cases]
    exact = sum(score.metric == "exact-match" and score.value == 1 for case in scored for score in case.scores)
    return {"cases": len(scored), "exact": exact}


def plain(canned: Path) -> dict[str, int]:
    """Exact match, ROUGE-1 and BLEU of every line."""
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics.bleu import BLEU

    rouge, bleu = RougeScorer(["rouge1"]), BLEU(effective_order=True)
    scores = []
    for text in canned.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        right, answer = line["reference"], line["answer"]
        matched = right.strip() == answer.strip()
        scores.append(
            (matched, rouge.score(right, answer)["rouge1"].fmeasure, bleu.sentence_score(answer, [right]).score)
        )
    return {"cases": len(scores), "exact": sum(matched for matched, _, _ in scores)}


def main(side: str, folder: Path, canned: Path, answer: Path) -> None:
    """One side; both say how many cases there were and how many matched exactly."""
    found = scoring(folder) if side == "scoring" else plain(canned)
    answer.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
