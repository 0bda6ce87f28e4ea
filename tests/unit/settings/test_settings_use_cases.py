"""Faults of use case contracts."""

from __future__ import annotations

import pytest

from tests.unit.settings.folder import CHECKOUT, Folder

CLAIMS = "config/use_cases/claims-assistant.yaml"
SEARCH = "config/use_cases/policy-search.yaml"
LEGAL = "  legal: {by: legal-ai@example.com, on: 2026-03-12, reference: LEG-2026-0147}\n"
RISK = "  risk: {by: model-risk@example.com, on: 2026-03-26, reference: MRC-2026-0031}\n"


def test_fails_to_build_environments_without_legal_approval(folder: Folder) -> None:
    folder.replace(CLAIMS, LEGAL, "")
    error = folder.only()
    assert (error.code, error.line) == ("GF-ACC-010", folder.line(CLAIMS, "approvals:"))
    assert "legal approval is missing, so dev, pre-prod, prod can't be built" in error.message


def test_fails_to_build_environments_without_any_approval(folder: Folder) -> None:
    folder.replace(CLAIMS, f"approvals:\n{LEGAL}{RISK}", "")
    errors = folder.errors()
    assert [(error.code, error.key) for error in errors] == [("GF-ACC-010", "environments")] * 2


def test_a_use_case_may_be_registered_before_it_is_approved(folder: Folder) -> None:
    folder.replace(CLAIMS, f"approvals:\n{LEGAL}{RISK}", "")
    folder.replace(CLAIMS, "environments: [dev, pre-prod, prod]\n", "")
    settings = folder.load()
    assert "claims-assistant" in {case.name for case in settings.use_cases}
    assert all(case.name != "claims-assistant" for case in settings.use_cases_in("dev"))


def test_fails_when_the_owner_approves_the_own_use_case(folder: Folder) -> None:
    folder.replace(CLAIMS, "model-risk@example.com", "claims-digital@example.com")
    assert folder.found() == {("GF-ACC-011", "approvals.risk.by")}


def test_fails_on_an_incomplete_approval(folder: Folder) -> None:
    folder.replace(CLAIMS, ", reference: MRC-2026-0031", "")
    assert folder.found() == {("GF-CFG-010", "approvals.risk.reference")}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[dev, pre-prod, prod]", "[dev, prod]", ("GF-ACC-012", "environments[1]")),
        ("[dev, pre-prod, prod]", "[dev, dev]", ("GF-ACC-013", "environments[1]")),
        ("data_producers: [crm]", "data_producers: [crm, crm]", ("GF-ACC-013", "data_producers[1]")),
        ('- "amazon.nova-micro-v1:0"', '- "amazon.nova-lite-v1:0"', ("GF-ACC-013", "models[1]")),
        ("{name: classify, version: 1}", "{name: grounded-answer, version: 2}", ("GF-ACC-014", "prompts[1].name")),
        ("resilience_tier: warm-standby", "resilience_tier: active-active", ("GF-ACC-015", "resilience_tier")),
        ('  - "amazon.nova-micro-v1:0"\n', "", ("GF-ACC-020", "prompts[1]")),
        ("data_producers: [crm]", "data_producers: [erp]", ("GF-ACC-021", "data_producers[0]")),
        ('- "amazon.nova-micro-v1:0"', '- "amazon.nova-pro-v1:0"', ("GF-MOD-012", "models[1]")),
        ("{name: customer-facing, version: 1}", "{name: customer-facing, version: 2}", ("GF-CAT-035", "guardrail")),
        ("{name: classify, version: 1}", "{name: classify, version: 3}", ("GF-CAT-036", "prompts[1]")),
        ("name: claims-assistant", "name: claims-helper", ("GF-CFG-016", "name")),
        ("name: claims-assistant", "name: " + "long-" * 8 + "name", ("GF-CFG-013", "name")),
        ("name: claims-assistant", "name: Claims_Assistant", ("GF-CFG-013", "name")),
        ("owner: claims-digital@example.com", "owner: somebody", ("GF-CFG-013", "owner")),
        ("data_classification: confidential", "data_classification: secret", ("GF-CFG-013", "data_classification")),
    ],
)
def test_fails_on_a_contract_that_does_not_fit(folder: Folder, old: str, new: str, expected: tuple[str, str]) -> None:
    folder.replace(CLAIMS, old, new)
    assert expected in folder.found()


def test_fails_on_two_use_cases_with_one_name(folder: Folder) -> None:
    folder.replace(SEARCH, "name: policy-search", "name: claims-assistant")
    assert folder.found() == {("GF-ACC-016", "name"), ("GF-CFG-016", "name")}


def test_fails_on_a_model_that_is_not_approved_in_production_only(folder: Folder) -> None:
    folder.replace(SEARCH, '- "amazon.nova-micro-v1:0"', '- "amazon.nova-pro-v1:0"')
    error = folder.only()
    assert (error.code, error.key) == ("GF-MOD-012", "models[1]")
    assert "not approved in prod" in error.message


def test_an_unreadable_prompt_is_not_called_missing(folder: Folder) -> None:
    folder.write("catalog/prompts/classify-v1.yaml", "name: [\n")
    assert {error.code for error in folder.errors()} == {"GF-CFG-004"}


def test_every_line_of_a_broken_contract_is_named(folder: Folder) -> None:
    text = "name: claims-assistant\nlob: 7\nowner: x\nenvironments: [qa]\nguardrail: baseline\nprompts: {}\nmore: 1\n"
    folder.write(CLAIMS, text)
    lines = {error.key: error.line for error in folder.errors() if error.file.name == "claims-assistant.yaml"}
    assert {key: lines[key] for key in ("lob", "owner", "environments[0]", "guardrail", "prompts", "more")} == {
        "lob": 2,
        "owner": 3,
        "environments[0]": 4,
        "guardrail": 5,
        "prompts": 6,
        "more": 7,
    }
    assert {"description", "cost_centre", "data_classification", "models", "resilience_tier"} <= lines.keys()


def test_hundreds_of_use_cases_load(folder: Folder) -> None:
    text = (CHECKOUT / SEARCH).read_text(encoding="utf-8")
    for number in range(200):
        folder.write(
            f"config/use_cases/search-{number}.yaml", text.replace("name: policy-search", f"name: search-{number}")
        )
    assert len(folder.load().use_cases) == 203
