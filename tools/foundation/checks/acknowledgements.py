"""Acknowledgements as the templates carry them: who accepts which finding, why, until when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from foundation.checks.assembly import Resource

# genai_foundation.acknowledge writes this text; importing it would start the CDK's JavaScript runtime for one regex.
_TEXT = re.compile(r"(?P<reason>.*?)\s*\[owner: (?P<owner>[^;\]]*); expires: (?P<expires>[^\]]*)\]\s*", re.DOTALL)


@dataclass(frozen=True)
class Acknowledgement:
    """One accepted finding. `id` is prefixed: `AwsSolutions::AwsSolutions-SQS3`, `checkov:CKV_AWS_27`."""

    id: str
    reason: str
    owner: str = ""
    expires: date | None = None
    malformed: str = ""

    @classmethod
    def parse(cls, finding_id: str, text: str) -> "Acknowledgement":
        """Read `REASON [owner: OWNER; expires: YYYY-MM-DD]`; what is missing stays empty and shows in `faults`."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return cls(finding_id, text.strip())
        owner, day = match["owner"].strip(), match["expires"].strip()
        try:
            return cls(finding_id, match["reason"].strip(), owner, date.fromisoformat(day))
        except ValueError:
            return cls(finding_id, match["reason"].strip(), owner, None, day)

    def faults(self, today: date) -> tuple[str, ...]:
        """What makes it void on that day, in words; empty when it holds."""
        found = [f"no {name}" for name, value in (("reason", self.reason), ("owner", self.owner)) if not value]
        if self.malformed:
            found.append(f"expiry {self.malformed!r} is no date (YYYY-MM-DD)")
        elif self.expires is None:
            found.append("no expiry date")
        elif self.expires < today:
            found.append(f"expired on {self.expires.isoformat()}")
        return tuple(found)


def nag_acknowledgements(resource: Resource) -> Iterator[Acknowledgement]:
    """What cdk-nag's aspect wrote: acknowledgements of the resource and of the constructs around it."""
    rules = (resource.metadata.get("cdk_nag") or {}).get("rules_to_suppress") or []
    return (Acknowledgement.parse(rule["id"], rule.get("reason") or "") for rule in rules)


def linter_acknowledgements(resource: Resource) -> Iterator[Acknowledgement]:
    """What the resource accepts of checkov and cfn-lint; an entry without our text has neither owner nor expiry."""
    ours = (resource.metadata.get("genai_foundation") or {}).get("acknowledged") or []
    texts = {entry["id"]: entry.get("reason") or "" for entry in ours}
    for skip in (resource.metadata.get("checkov") or {}).get("skip") or []:
        texts.setdefault(f"checkov:{skip['id']}", skip.get("comment") or "")
    config = (resource.metadata.get("cfn-lint") or {}).get("config") or {}
    for rule in config.get("ignore_checks") or []:
        texts.setdefault(f"cfn-lint:{rule}", "")
    return (Acknowledgement.parse(finding_id, text) for finding_id, text in texts.items())
