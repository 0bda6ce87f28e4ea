"""CreateEvaluationJob requests (Amazon Bedrock API Reference)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from genai_runtime.evaluation.jobs.names import FLOW_OPTION, RATING_OPTION, Kind, Managed
from genai_runtime.evaluation.run import Candidate, PromptText

if TYPE_CHECKING:
    from mypy_boto3_bedrock.type_defs import CreateEvaluationJobRequestTypeDef

DATASET: Final = "dataset"
RATINGS: Final = ("IndividualLikertScale", "ThumbsUpDown")


@dataclass(frozen=True)
class Place:
    """Where jobs of an environment run.

    :param role_arn: role that Bedrock assumes: reads datasets, writes results, calls the models
    :param key_arn: customer key of the job
    """

    bucket: str
    role_arn: str
    key_arn: str


def job_name(run: str, look: int, candidate: str, kind: Kind, part: str, dataset: bytes) -> str:
    """The same for the same job: also its idempotency token. Names are unique in an account and Region, 63 characters."""
    digest = hashlib.sha256("\n".join((run, str(look), candidate, kind, part)).encode() + dataset).hexdigest()
    return f"evaluation-{kind}-{digest[:24]}"


def job_request(
    name: str, metrics: Sequence[Managed], candidate: Candidate, evaluator: str, place: Place, folder: str
) -> "CreateEvaluationJobRequestTypeDef":
    """The request for metrics of one kind and task; `folder` holds the dataset and takes the results."""
    kind = metrics[0].kind
    dataset = {
        "name": DATASET,
        "datasetLocation": {"s3Uri": f"s3://{place.bucket}/{folder}/{DATASET}.jsonl"},
    }
    configs = [{"taskType": metrics[0].task, "dataset": dataset, "metricNames": [metric.builtin for metric in metrics]}]
    request = {
        "jobName": name,
        "clientRequestToken": name,
        "roleArn": place.role_arn,
        "customerEncryptionKeyId": place.key_arn,
        "applicationType": "RagEvaluation" if kind.startswith("rag-") else "ModelEvaluation",
        "evaluationConfig": _evaluation(kind, configs, metrics, evaluator),
        "inferenceConfig": _inference(kind, candidate),
        "outputDataConfig": {"s3Uri": f"s3://{place.bucket}/{folder}/output/"},
    }
    return cast("CreateEvaluationJobRequestTypeDef", request)


def inference_parameters(prompt: PromptText) -> str:
    """Parameters of Converse as JSON text, as `inferenceParams` takes them."""
    own: dict[str, Any] = {"maxTokens": prompt.max_tokens}
    if prompt.temperature is not None:
        own["temperature"] = prompt.temperature
    if prompt.top_p is not None:
        own["topP"] = prompt.top_p
    if prompt.stop_sequences:
        own["stopSequences"] = list(prompt.stop_sequences)
    return json.dumps({"inferenceConfig": own})


def _evaluation(
    kind: Kind, configs: list[dict[str, Any]], metrics: Sequence[Managed], evaluator: str
) -> dict[str, Any]:
    if kind == "programmatic":
        return {"automated": {"datasetMetricConfigs": configs}}
    if kind != "human":
        judge = {"bedrockEvaluatorModels": [{"modelIdentifier": evaluator}]}
        return {"automated": {"datasetMetricConfigs": configs, "evaluatorModelConfig": judge}}
    options = metrics[0].spec.options
    custom = [
        {"name": metric.builtin, "ratingMethod": str(metric.spec.options.get(RATING_OPTION, RATINGS[0]))}
        for metric in metrics
    ]
    flow = {
        "flowDefinitionArn": str(options[FLOW_OPTION]),
        "instructions": str(options.get("instructions", "Rate it.")),
    }
    return {"human": {"humanWorkflowConfig": flow, "customMetrics": custom, "datasetMetricConfigs": configs}}


def _inference(kind: Kind, candidate: Candidate) -> dict[str, Any]:
    source = {"ragSourceIdentifier": candidate.name}
    if kind == "programmatic":
        model = {"modelIdentifier": candidate.model_id, "inferenceParams": inference_parameters(candidate.prompt)}
        return {"models": [{"bedrockModel": model}]}
    if kind == "rag-retrieve":
        return {"ragConfigs": [{"precomputedRagSourceConfig": {"retrieveSourceConfig": source}}]}
    if kind == "rag-generate":
        return {"ragConfigs": [{"precomputedRagSourceConfig": {"retrieveAndGenerateSourceConfig": source}}]}
    return {"models": [{"precomputedInferenceSource": {"inferenceSourceIdentifier": candidate.name}}]}
