"""Faults of platform.yaml: types and keys, accounts, tags, Regions, network."""

from __future__ import annotations

import pytest

from tests.unit.settings.folder import PLATFORM, Folder


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('shared: "111111111111"', "shared: 111111111111", ("GF-CFG-012", "accounts.shared")),
        ('shared: "111111111111"', 'shared: "11111111111"', ("GF-CFG-013", "accounts.shared")),
        ("id: o-exampleorg1", "id: exampleorg1", ("GF-CFG-013", "organization.id")),
        ("operating_model: federated", "operating_model: federal", ("GF-CFG-013", "organization.operating_model")),
        ("log_days: 365", "log_days: 360", ("GF-CFG-013", "retention.log_days")),
        ("audit_days: 2557", "audit_days: 30", ("GF-CFG-013", "retention.audit_days")),
        ("log_days: 365", "log_dayz: 365", ("GF-CFG-011", "retention.log_dayz")),
        ("allow_destroy: false", "allow_destroy: no", ("GF-CFG-012", "removal.allow_destroy")),
        ("architecture: arm64", "architecture: arm", ("GF-CFG-013", "runtime.architecture")),
        ("[security-operations@example.com]", "[nobody]", ("GF-CFG-013", "notifications.security[0]")),
        ("[security-operations@example.com]", "[]", ("GF-CFG-013", "notifications.security")),
        ("resilience_tier: warm-standby", "resilience_tier: 99.99", ("GF-CFG-013", "resilience_tier")),
        ("application: genai-foundation", "App!: x\n  application: y", ("GF-CFG-013", "tags.App!")),
        ("regions:\n", "regions: eu-west-1\nother:\n", ("GF-CFG-012", "regions")),
    ],
)
def test_fails_on_a_wrong_value(folder: Folder, old: str, new: str, expected: tuple[str, str]) -> None:
    folder.platform(old, new)
    assert expected in folder.found()


def test_fails_on_an_unknown_key_with_a_guess(folder: Folder) -> None:
    folder.platform("notifications:", "notification:")
    unknown = next(error for error in folder.errors() if error.code == "GF-CFG-011")
    assert unknown.line == folder.line(PLATFORM, "notification:")
    assert 'did you mean "notifications"?' in unknown.message
    assert ("GF-CFG-010", "notifications") in folder.found()


def test_fails_on_an_unknown_key_inside_a_list_of_a_mapping(folder: Folder) -> None:
    folder.platform(
        '{id: "amazon.titan-embed-text-v2:0"}', '{id: "amazon.titan-embed-text-v2:0", inference_profile: []}'
    )
    error = folder.only()
    assert (error.code, error.key) == ("GF-CFG-011", "models.dev[6].inference_profile")
    assert 'did you mean "inference_profiles"?' in error.message


def test_fails_on_two_accounts_with_one_id(folder: Folder) -> None:
    folder.platform('"666666666666"', '"222222222222"')
    error = folder.only()
    assert (error.code, error.key) == ("GF-ACC-001", "accounts.data-producers[0].id")
    assert error.line == folder.line(PLATFORM, 'id: "222222222222"')
    assert error.value == "'222222222222'"
    assert f"accounts.dev (line {folder.line(PLATFORM, 'dev: ')})" in error.message


def test_fails_on_two_data_producers_with_one_name(folder: Folder) -> None:
    folder.platform('id: "666666666666"', 'id: "666666666666"\n    - name: crm\n      id: "777777777777"')
    assert folder.found() == {("GF-ACC-002", "accounts.data-producers[1].name")}


def test_fails_on_missing_and_reserved_tags(folder: Folder) -> None:
    folder.platform("  owner: platform-team@example.com\n", "  AWS:owner: somebody\n")
    assert folder.found() == {("GF-CFG-017", "tags"), ("GF-CFG-018", "tags.AWS:owner")}


def test_fails_on_equal_regions(folder: Folder) -> None:
    folder.platform("name: eu-central-1", "name: eu-west-1")
    assert ("GF-REG-001", "regions.recovery.name") in folder.found()
    assert ("GF-REG-004", "regions.recovery.availability_zones[0]") in folder.found()


def test_fails_on_a_region_without_bedrock(folder: Folder) -> None:
    folder.platform("name: eu-central-1", "name: eu-central-9")
    error = next(each for each in folder.errors() if each.code == "GF-REG-002")
    assert (error.key, error.value) == ("regions.recovery.name", "'eu-central-9'")
    assert 'did you mean "eu-central-' in error.message


def test_fails_on_a_region_where_cloudformation_cannot_build_prompts(folder: Folder) -> None:
    folder.platform("name: eu-central-1", "name: us-west-1")
    assert ("GF-REG-003", "regions.recovery.name") in folder.found()


@pytest.mark.parametrize("zone", ["euc1-az1", "eu-west-1a", "euw1", "euw1-az0", "euw1-lax1-az1", "EUW1-AZ1"])
def test_fails_on_a_zone_of_another_region(folder: Folder, zone: str) -> None:
    folder.platform("[euw1-az1,", f"[{zone},")
    assert folder.found() == {("GF-REG-004", "regions.primary.availability_zones[0]")}


def test_fails_on_a_repeated_zone_and_a_repeated_inference_region(folder: Folder) -> None:
    folder.platform("[euw1-az1, euw1-az2", "[euw1-az1, euw1-az1")
    folder.platform("inference: [eu-central-1,", "inference: [eu-central-1, eu-central-1,")
    assert folder.found() == {
        ("GF-REG-005", "regions.primary.availability_zones[1]"),
        ("GF-REG-005", "regions.inference[1]"),
    }


def test_fails_when_the_own_regions_are_not_approved_for_processing(folder: Folder) -> None:
    folder.platform("inference: [eu-central-1, ", "inference: [")
    assert ("GF-REG-006", "regions.inference") in folder.found()


def test_fails_on_a_guardrail_profile_of_another_geography(folder: Folder) -> None:
    file = "catalog/guardrails/baseline-v1.yaml"
    folder.replace(
        file, "content_policy:\n", "cross_region_profile: us.guardrail.v1:0\ncontent_policy:\n  tier: STANDARD\n"
    )
    folder.release()
    assert folder.found() == {("GF-REG-007", "cross_region_profile")}
    folder.replace(file, "us.guardrail", "eu.guardrail")
    folder.release()
    assert folder.errors() == ()


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.16.0.0/24", "GF-NET-003"),
        ("10.64.0.0/12", "GF-NET-004"),
        ("8.8.0.0/20", "GF-NET-005"),
        ("10.17.0.0/20", "GF-NET-006"),
        ("172.17.0.0/20", "GF-NET-007"),
        ("10.16.0.1/20", "GF-NET-001"),
        ("10.16.0.0", "GF-NET-001"),
        ("10.16.0.0/40", "GF-NET-001"),
        ("fd00::/64", "GF-NET-001"),
        ("12", "GF-NET-001"),
    ],
)
def test_fails_on_a_bad_block(folder: Folder, block: str, code: str) -> None:
    folder.platform("primary: 10.16.0.0/20", f'primary: "{block}"')
    assert code in {error.code for error in folder.errors()}


def test_the_smallest_block_depends_on_the_number_of_zones(folder: Folder) -> None:
    folder.platform("primary: 10.16.0.0/20", "primary: 10.16.0.0/22")
    assert folder.errors() == ()
    folder.platform("[euw1-az1, euw1-az2,", "[euw1-az1, euw1-az2, euw1-az4, euw1-az5,")
    error = folder.only()
    assert (error.code, error.key) == ("GF-NET-003", "network.dev.primary")
    assert "use /21 or larger" in error.message


def test_fails_on_an_overlap_and_names_the_other_block(folder: Folder) -> None:
    folder.platform("recovery: 10.19.128.0/20", "recovery: 10.18.16.0/20")
    error = folder.only()
    assert (error.code, error.key) == ("GF-NET-006", "network.data-governance.recovery")
    assert "10.18.0.0/19 of network.prod.primary" in error.message


def test_fails_on_a_stage_without_blocks_and_an_unknown_stage(folder: Folder) -> None:
    folder.platform("  pre-prod: {primary: 10.17.0.0/20", "  preprod: {primary: 10.17.0.0/20")
    assert folder.found() == {("GF-NET-002", "network"), ("GF-CFG-013", "network.preprod")}


def test_a_fault_in_one_section_hides_none_in_another(folder: Folder) -> None:
    folder.platform("log_days: 365", "log_days: many")
    folder.platform('"666666666666"', '"222222222222"')
    folder.platform("recovery: 10.19.128.0/20", "recovery: 10.18.16.0/20")
    folder.platform("[euw1-az1,", "[euw2-az1,")
    assert {error.code for error in folder.errors()} == {"GF-CFG-013", "GF-ACC-001", "GF-NET-006", "GF-REG-004"}


def test_a_file_that_cannot_be_parsed_hides_no_fault_of_another_file(folder: Folder) -> None:
    folder.write("config/use_cases/policy-search.yaml", "name: [policy-search\n")
    folder.platform("log_days: 365", "log_days: 360")
    folder.replace("catalog/models.yaml", "lifecycle: ACTIVE", "lifecycle: OLD")
    assert [(error.file.name, error.code) for error in folder.errors()] == [
        ("models.yaml", "GF-CFG-013"),
        ("platform.yaml", "GF-CFG-013"),
        ("policy-search.yaml", "GF-CFG-004"),
    ]


def test_fails_on_missing_folders_and_files(folder: Folder) -> None:
    (folder.root / "config" / "platform.yaml").unlink()
    (folder.root / "catalog" / "prompts").rename(folder.root / "catalog" / "elsewhere")
    codes = [(error.code, error.file.name) for error in folder.errors()]
    assert ("GF-CFG-001", "platform.yaml") in codes
    assert ("GF-CFG-001", "prompts") in codes


def test_fails_on_a_file_that_would_be_ignored(folder: Folder) -> None:
    folder.write("config/use_cases/new.yml", "name: new\n")
    assert [(error.code, error.file.name) for error in folder.errors()] == [("GF-CFG-015", "new.yml")]
