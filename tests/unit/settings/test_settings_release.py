"""Faults of platform.yaml's section `release` that only show between its values, or beside the catalog."""

from __future__ import annotations

import pytest

from tests.unit.settings.folder import PLATFORM, Folder

PRE_PROD = "    pre-prod: [bedrock-api-reference]\n"
QA = "    qa: [quality@example.com, release-manager@example.com]\n"
EXPERTS = "    domain-expert: [claims-expert@example.com, underwriting-expert@example.com]\n"


@pytest.mark.parametrize(
    ("old", "new", "code", "key", "said"),
    [
        (PRE_PROD, "", "GF-REL-600", "release.gates", "pre-prod has no evaluation suite"),
        (PRE_PROD, "    pre-prod: []\n", "GF-REL-600", "release.gates.pre-prod", "name one of catalog/evaluations"),
        (
            PRE_PROD,
            "    pre-prod: [bedrock-api-referenc]\n",
            "GF-REL-601",
            "release.gates.pre-prod[0]",
            'did you mean "bedrock-api-reference"?',
        ),
        (
            PRE_PROD,
            "    pre-prod: [bedrock-api-reference, bedrock-api-reference]\n",
            "GF-REL-602",
            "release.gates.pre-prod[1]",
            "repeats release.gates.pre-prod[0]",
        ),
        (QA, "", "GF-REL-603", "release.approvers", "nobody may approve as qa"),
        (QA, "    qa: []\n", "GF-REL-603", "release.approvers.qa", "name at least one address"),
        (QA, "    qa: [a@example.com, a@example.com]\n", "GF-REL-602", "release.approvers.qa[1]", "keep one"),
        (
            QA + EXPERTS,
            "    qa: [A@example.com]\n    domain-expert: [a@example.com]\n",
            "GF-REL-604",
            "release.approvers",
            "a@example.com is alone in both roles",
        ),
    ],
)
def test_fails_on_a_pipeline_that_decides_nothing(
    folder: Folder, old: str, new: str, code: str, key: str, said: str
) -> None:
    folder.platform(old, new)
    error = folder.only()
    assert (error.code, error.key) == (code, key)
    assert said in error.message


def test_a_person_may_be_in_both_roles_beside_another(folder: Folder) -> None:
    folder.platform(EXPERTS, "    domain-expert: [quality@example.com]\n")
    assert folder.errors() == ()


def test_a_wrong_type_is_one_fault(folder: Folder) -> None:
    folder.platform(PRE_PROD, "    pre-prod: bedrock-api-reference\n")
    assert folder.only().code == "GF-CFG-012"


def test_without_a_pipeline_nothing_is_asked_for(folder: Folder) -> None:
    text = folder.read(PLATFORM)
    start, end = text.index("\nrelease:"), text.index("\n# Both keys")
    folder.write(PLATFORM, text[:start] + text[end:])
    assert folder.load().release is None


@pytest.mark.parametrize(
    ("url", "faults"),
    [
        ("https://git.example.com/api/v4", 0),
        ("http://127.0.0.1:8080/api", 0),
        ("http://git.example.com/api/v4", 1),
        ("http://127.0.0.1.example.com", 1),
        ("http://localhost:8080@git.example.com", 1),
    ],
)
def test_the_host_s_token_travels_encrypted_or_not_at_all(folder: Folder, url: str, faults: int) -> None:
    folder.platform("  host: github\n", f"  host: github\n  api_url: {url}\n")
    assert [each.key for each in folder.errors()] == ["release.api_url"] * faults
