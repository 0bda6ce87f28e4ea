"""What every account and Region has: keys, audit trail, threat detection, invocation logs (SEC-1, SEC-4)."""

from genai_foundation.security.findings import FindingNotices, finding_key_statement
from genai_foundation.security.invocation_logs import InvocationLogs
from genai_foundation.security.threat_detection import ThreatDetection
from genai_foundation.security.trail import AuditTrail, TrailArchive, archive_bucket_name, archive_key_alias_arn

__all__ = [
    "AuditTrail",
    "FindingNotices",
    "InvocationLogs",
    "ThreatDetection",
    "TrailArchive",
    "archive_bucket_name",
    "archive_key_alias_arn",
    "finding_key_statement",
]
