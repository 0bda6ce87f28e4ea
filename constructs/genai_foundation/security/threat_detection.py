"""GuardDuty and IAM Access Analyzer (SEC-4)."""

from aws_cdk import aws_accessanalyzer as accessanalyzer
from aws_cdk import aws_guardduty as guardduty
from constructs import Construct

# Protections that match what the platform runs: buckets, functions, the vector stores' databases, containers.
# Source: GuardDuty User Guide, "GuardDuty features and API".
PROTECTIONS = ["LAMBDA_NETWORK_LOGS", "RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"]


class ThreatDetection(Construct):
    """A GuardDuty detector and an external-access analyzer for one account and Region."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        guardduty.CfnDetector(
            self,
            "Detector",
            enable=True,
            finding_publishing_frequency="FIFTEEN_MINUTES",
            features=[{"name": name, "status": "ENABLED"} for name in PROTECTIONS],
        )
        accessanalyzer.CfnAnalyzer(self, "Analyzer", type="ACCOUNT")
