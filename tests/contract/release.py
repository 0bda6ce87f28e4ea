"""The release functions' handlers and what each one's environment model declares."""

from genai_runtime.release.environment import (
    ApproveEnvironment,
    AuthorizeEnvironment,
    DatasetsEnvironment,
    Environment,
    RedeemEnvironment,
)
from genai_runtime.release.gate.environment import GateEnvironment, ReportEnvironment
from genai_runtime.release.hosts.environment import BranchEnvironment

PREFIX = "genai_runtime.release.handlers"
MODELS: dict[str, type[Environment]] = {
    f"{PREFIX}.seal.handler": Environment,
    f"{PREFIX}.branch.handler": BranchEnvironment,
    f"{PREFIX}.datasets.handler": DatasetsEnvironment,
    f"{PREFIX}.authorize.handler": AuthorizeEnvironment,
    f"{PREFIX}.redeem.handler": RedeemEnvironment,
    f"{PREFIX}.activate.handler": Environment,
    f"{PREFIX}.approve.handler": ApproveEnvironment,
    f"{PREFIX}.gate_prepare.handler": GateEnvironment,
    f"{PREFIX}.gate_poll.handler": GateEnvironment,
    f"{PREFIX}.gate_decide.handler": GateEnvironment,
    f"{PREFIX}.gate_report.handler": ReportEnvironment,
}
CAPABILITIES = frozenset({"release", "evaluation", "live"})
_KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
VALUES = {
    "LEDGER_TABLE": "ledger",
    "RELEASE_BUCKET": "releases",
    "KEYS": f'{{"seal":"{_KEY}","promotion":"{_KEY}","approval":"{_KEY}","warrant":"{_KEY}"}}',
    "ACCOUNTS": '{"dev":"222222222222","pre-prod":"333333333333","prod":"444444444444"}',
    "REGION_NAME": "eu-west-1",
    "DATASET_BUCKET": "golden",
    "GOVERNANCE_ACCOUNT": "555555555555",
    "WARRANT_MINUTES": "15",
    "ENVIRONMENT": "dev",
    "PIPELINE_NAME": "genai-foundation-release",
    "APPROVERS": '{"qa":["qa@example.com"],"domain-expert":["expert@example.com"]}',
    "APPROVAL_STAGE": "Approval",
    "APPROVAL_ACTIONS": '{"qa":"QA","domain-expert":"DomainExpert"}',
    "POLL_SECONDS": "300",
    "HOST": "github",
    "REPOSITORY": "example-insurance/genai-foundation",
    "API_URL": "",
    "TOKEN_SECRET": "genai-foundation/repository-host",
    "POWERTOOLS_SERVICE_NAME": "release",
    "POWERTOOLS_METRICS_NAMESPACE": "GenAIFoundation",
    "LOG_LEVEL": "INFO",
}
