"""The pipeline's handlers and what each one's environment model declares."""

from genai_runtime.evaluation.environment import (
    CallEnvironment,
    Environment,
    PlanEnvironment,
    RedactEnvironment,
    ReviewEnvironment,
    TrackEnvironment,
)
from genai_runtime.evaluation.jobs.environment import JobEnvironment

PREFIX = "genai_runtime.evaluation.handlers"
MODELS: dict[str, type[Environment]] = {
    f"{PREFIX}.plan.handler": PlanEnvironment,
    f"{PREFIX}.invoke.handler": CallEnvironment,
    f"{PREFIX}.score.handler": Environment,
    f"{PREFIX}.judge.handler": CallEnvironment,
    f"{PREFIX}.job_create.handler": JobEnvironment,
    f"{PREFIX}.job_poll.handler": Environment,
    f"{PREFIX}.job_collect.handler": Environment,
    f"{PREFIX}.review_plan.handler": ReviewEnvironment,
    f"{PREFIX}.review_request.handler": ReviewEnvironment,
    f"{PREFIX}.review_submit.handler": ReviewEnvironment,
    f"{PREFIX}.gate.handler": Environment,
    f"{PREFIX}.publish.handler": Environment,
    f"{PREFIX}.track.handler": TrackEnvironment,
    f"{PREFIX}.redact.handler": RedactEnvironment,
}
# Runs in the governance account, without the pipeline's other parts.
REDACT = f"{PREFIX}.redact.handler"
VALUES = {
    "ENVIRONMENT": "dev",
    "BUCKET_NAME": "runs",
    "DATASET_BUCKET": "golden",
    "DATASET_STAGE": "redacted",
    "RATE_TABLE_NAME": "rates",
    "JOB_ROLE_ARN": "arn:aws:iam::222222222222:role/jobs",
    "JOB_KEY_ARN": "arn:aws:kms:eu-west-1:222222222222:key/11111111-2222-3333-4444-555555555555",
    "SIGNING_KEY_ID": "11111111-2222-3333-4444-555555555555",
    "REVIEW_TOPIC_ARN": "arn:aws:sns:eu-west-1:222222222222:reviews",
    "REDACTION_GUARDRAIL_ID": "redaction",
    "REDACTION_GUARDRAIL_VERSION": "1",
    "PSEUDONYM_KEY_ID": "11111111-2222-3333-4444-555555555555",
    "TRACKING_ROLE_ARN": "arn:aws:iam::111111111111:role/writer",
    "TRACKING_PARAMETER": "/genai-foundation/experiments/app-arn",
    "POWERTOOLS_SERVICE_NAME": "evaluation",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}
