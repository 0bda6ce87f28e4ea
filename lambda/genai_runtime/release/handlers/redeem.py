"""Lambda functions RedeemENVIRONMENT, which the deploy action invokes: event `warrants.RedeemRequest`, result credentials.

The result is what the AWS CLI's `credential_process` reads: Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration;
and `Sealed`, the ledger's entry, to verify with the seal's key. A refusal is an error (ReleaseRefused) with code and message.
"""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_runtime.release import assembly
from genai_runtime.release.environment import RedeemEnvironment
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.warrants import Redeemer

logger = Logger()
metrics = Metrics()
environment = RedeemEnvironment.read()
redeemer = Redeemer(
    environment.environment,
    assembly.admissions(environment),
    assembly.ledger(environment),
    assembly.accounts(environment),
    assembly.now,
)


@logger.inject_lambda_context(clear_state=True, log_event=False)  # the event holds the warrant's secret
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Hand out a session. Neither event nor result is logged. Raises ReleaseRefused."""
    try:
        redeemed = redeemer.redeem(event)
    except ReleaseRefused as refused:
        metrics.add_metric("WarrantsRefused", MetricUnit.Count, 1)
        logger.warning("refused", extra={"code": refused.code, "reason": refused.message})
        raise
    metrics.add_metric("WarrantsRedeemed", MetricUnit.Count, 1)
    logger.info("redeemed", extra={"manifest": event["manifest"], "execution": event["execution"]})
    return redeemed
