"""What the launcher needs to know about the organisation, passed as a JSON file in the state folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from foundation.local.errors import LocalTargetError


@dataclass(frozen=True)
class TargetSettings:
    """Organisation and Regions of a target.

    `accounts` maps stage names to 12-digit ids: they are the members of the organisation
    (aws:PrincipalOrgID). Every other account id works too, as an account outside of it.
    `model` are settings of the simulated Bedrock models (foundation.local.bedrock.BedrockSettings).
    `repository` is the repository whose host has a stand-in (foundation.local.repository_host): `host` and `repository`.
    """

    organization_id: str = "o-exampleorg1"
    accounts: dict[str, str] = field(default_factory=dict)
    regions: tuple[str, ...] = ("eu-west-1", "eu-central-1")
    management_account: str = ""
    model: dict[str, Any] = field(default_factory=dict)
    repository: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> TargetSettings:
        """Read the file; fails with GF-LOCAL-010 on a file that isn't ours."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                organization_id=str(data["organization_id"]),
                accounts={str(name): str(account) for name, account in data["accounts"].items()},
                regions=tuple(str(region) for region in data["regions"]),
                management_account=str(data["management_account"]),
                model=dict(data["model"]),
                repository=dict(data.get("repository", {})),
            )
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            raise LocalTargetError(
                "GF-LOCAL-010", f"{path} can't be read as target settings ({error!r}); delete it and run up again"
            ) from error

    def account_id(self, account: str) -> str:
        """The 12-digit id of a stage name or id; fails with GF-LOCAL-011 on an unknown name."""
        if account in self.accounts:
            return self.accounts[account]
        if len(account) == 12 and account.isdigit():
            return account
        known = ", ".join(self.accounts) or "none configured"
        raise LocalTargetError(
            "GF-LOCAL-011", f"account {account!r} is no stage name ({known}) and no 12-digit account id"
        )
