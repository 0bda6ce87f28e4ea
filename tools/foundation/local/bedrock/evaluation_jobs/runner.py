"""Runs one job as its role: reads the dataset, asks the models, writes the results.

Every call goes through the target's own endpoint with a session of the job's role, so that its policies decide here too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from foundation.local.bedrock.evaluation_jobs.measures import Asked, asked, measure

MOST_PROMPTS = 1000
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 8},
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
    read_timeout=120,
)
_JUDGE_TOKENS = 200


class Stopped(Exception):
    """Somebody stopped the job."""


@dataclass(frozen=True)
class Runner:
    """One automated job. `request` is what CreateEvaluationJob was given."""

    arn: str
    request: Mapping[str, Any]
    credentials: Mapping[str, str]
    url: str
    is_stopped: Callable[[], bool]

    def run(self) -> None:
        """Write a file for each dataset. Raises botocore's errors, ValueError for a dataset, Stopped."""
        automated = self.request["evaluationConfig"]["automated"]
        for config in automated["datasetMetricConfigs"]:
            rows = self._dataset(config["dataset"]["datasetLocation"]["s3Uri"])
            judged = [self._judged(row, config, automated.get("evaluatorModelConfig")) for row in rows]
            body = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in judged)
            bucket, key = self._output(config)
            self._client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def _dataset(self, uri: str) -> list[dict[str, Any]]:
        location = urlsplit(uri)
        body = self._client("s3").get_object(Bucket=location.netloc, Key=location.path.lstrip("/"))["Body"].read()
        rows = [json.loads(line) for line in body.splitlines() if line.strip()]
        if not 1 <= len(rows) <= MOST_PROMPTS:
            raise ValueError(f"the dataset has {len(rows)} prompts, a job takes 1 to {MOST_PROMPTS}")
        return rows

    def _judged(self, row: dict[str, Any], config: Mapping[str, Any], evaluator: Any) -> dict[str, Any]:
        if self.is_stopped():
            raise Stopped
        given = asked(row)
        answer = given.answer if given.answer is not None else self._ask(given.prompt)
        scores = list(self._scores(given, answer, config, evaluator))
        if "conversationTurns" in row:
            turn = {**row["conversationTurns"][0]}
            output = turn.pop("output")
            return {"conversationTurns": [{"inputRecord": turn, "output": output, "results": scores}]}
        source = given.source or self._model
        return {
            "automatedEvaluationResult": {"scores": scores},
            "inputRecord": {name: value for name, value in row.items() if name != "modelResponses"},
            "modelResponses": [{"modelIdentifier": source, "response": answer}],
        }

    def _scores(self, given: Asked, answer: str, config: Mapping[str, Any], evaluator: Any) -> Iterator[dict[str, Any]]:
        for builtin in config["metricNames"]:
            score = {"metricName": builtin, "result": measure(builtin, config["taskType"], given, answer)}
            if evaluator:
                model = evaluator["bedrockEvaluatorModels"][0]["modelIdentifier"]
                question = f"Why is this answer good or bad ({builtin})?\n\n{given.prompt}\n\n{answer}"
                explanation = self._converse(model, question, {"maxTokens": _JUDGE_TOKENS})
                score["evaluatorDetails"] = [{"modelIdentifier": model, "explanation": explanation}]
            yield score

    @property
    def _model(self) -> str:
        model: str = self.request["inferenceConfig"]["models"][0]["bedrockModel"]["modelIdentifier"]
        return model

    def _ask(self, prompt: str) -> str:
        model = self.request["inferenceConfig"]["models"][0]["bedrockModel"]
        parameters = json.loads(model.get("inferenceParams") or "{}").get("inferenceConfig", {})
        return self._converse(model["modelIdentifier"], prompt, parameters)

    def _converse(self, model: str, text: str, parameters: Mapping[str, Any]) -> str:
        answered = self._client("bedrock-runtime").converse(
            modelId=model, messages=[{"role": "user", "content": [{"text": text}]}], inferenceConfig=dict(parameters)
        )
        return "".join(block.get("text", "") for block in answered["output"]["message"]["content"])

    def _output(self, config: Mapping[str, Any]) -> tuple[str, str]:
        """Where Bedrock puts it; the ids are the job's, so that a job that is run again replaces its file."""
        location = urlsplit(self.request["outputDataConfig"]["s3Uri"])
        job = self.arn.rpartition("/")[2]
        file = hashlib.sha256(f"{job}/{config['taskType']}".encode()).hexdigest()[:32]
        name = config["dataset"]["name"]
        inference = self.request["inferenceConfig"].get("models")
        if inference is None:
            middle = "inferenceConfigs/0"
        else:
            model = inference[0].get("bedrockModel", {}).get("modelIdentifier") or "precomputed"
            middle = f"models/{model.rpartition('/')[2]}/taskTypes/{config['taskType']}"
        prefix = location.path.strip("/")
        key = f"{prefix}/{self.request['jobName']}/{job}/{middle}/datasets/{name}/{file}_output.jsonl"
        return location.netloc, key.lstrip("/")

    def _client(self, service: str) -> Any:
        made: Any = boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=self.arn.split(":")[3],
            config=_CONFIG,
            aws_access_key_id=self.credentials["AccessKeyId"],
            aws_secret_access_key=self.credentials["SecretAccessKey"],
            aws_session_token=self.credentials["SessionToken"],
        )
        return made
