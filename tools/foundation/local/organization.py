"""The organisation that the target's accounts belong to, inside the process."""

from __future__ import annotations

from pathlib import Path

from foundation.local.configuration import TargetSettings


class Organization:
    """Settings that patches read at run time; `load` again after `up` wrote new ones."""

    def __init__(self) -> None:
        self.settings = TargetSettings()

    def load(self, path: Path) -> None:
        self.settings = TargetSettings.read(path) if path.exists() else TargetSettings()

    def id_of(self, account_id: str) -> str | None:
        """aws:PrincipalOrgID of an account: the organisation's id for its members, else none."""
        return self.settings.organization_id if account_id in self.settings.accounts.values() else None


organization = Organization()
