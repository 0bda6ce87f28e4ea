"""Where facts come from: manifest, genuine entries, results with the hash that was judged, a checkout that is the release's."""

from __future__ import annotations

import pytest

from foundation import cdk
from foundation.release.dossier.facts import Facts, gather
from foundation.release.dossier.limits import known_limits
from foundation.release.errors import ReleaseError
from genai_runtime.evaluation import layout as runs
from genai_runtime.release import layout
from genai_runtime.release.errors import ReleaseRefused
from tests.unit.release.dossier.released import SUITE, Released


def facts_of(released: Released) -> Facts:
    """All facts."""
    return gather(released.context, released.account, released.hash, cdk.ROOT)


def test_a_release_that_was_just_sealed(released: Released) -> None:
    facts = facts_of(released)
    assert facts.runs == ()
    assert facts.before is None
    assert facts.approvals == {"qa": None, "domain-expert": None}
    assert facts.materials.packages == {"pypi": 1, "npm": 1}
    assert facts.as_of == "2026-09-01T01:00:00+00:00"


def test_results_come_with_the_verdicts_that_rest_on_them(released: Released) -> None:
    released.judged("dev")
    released.judged("pre-prod", "HOLD")
    facts = facts_of(released)
    assert [(run.environment, run.verdict, run.result is not None) for run in facts.runs] == [
        ("dev", "promoted", True),
        ("pre-prod", "refused", True),
    ]
    assert facts.runs[0].link == f"foundation eval report {SUITE}-dev --env dev"


def test_a_changed_result_is_no_evidence(released: Released) -> None:
    evidence = released.judged("dev")
    key = runs.result(evidence.run)
    released.account.evaluations.objects[key] += b" "
    (run,) = facts_of(released).runs
    assert run.result is None
    assert "changed after the verdict" in run.problem
    assert any("changed after the verdict" in line for line in known_limits(facts_of(released)))


@pytest.mark.parametrize("how", ["gone", "denied"])
def test_a_result_that_cannot_be_read_is_told(released: Released, how: str) -> None:
    evidence = released.judged("dev")
    released.account.evaluations.objects.pop(runs.result(evidence.run))
    if how == "denied":
        released.account.evaluations._denied = True
    (run,) = facts_of(released).runs
    assert run.result is None
    assert ("can't be read" if how == "denied" else "gone") in run.problem


def test_an_entry_that_is_not_genuine_counts_for_nothing(released: Released) -> None:
    released.judged("dev")
    released.approved("qa", "q@example.com")
    for item in released.account.ledger.items[1:]:
        item["signature"] = {"S": "Zm9yZ2Vk"}
    facts = facts_of(released)
    assert facts.runs == ()
    assert facts.approvals["qa"] is None
    assert sum("isn't genuine" in line for line in known_limits(facts)) == 2


def test_changes_are_since_what_prod_had(released: Released) -> None:
    earlier = released.before(evidence_days=3)
    facts = facts_of(released)
    assert facts.before == earlier
    assert [each.kind for each in facts.changes] == ["approval"]


def test_an_earlier_manifest_that_was_changed_is_none(released: Released) -> None:
    earlier = released.before()
    released.account.releases.objects[layout.manifest(earlier)] += b" "
    assert facts_of(released).before is None


def test_a_bill_of_materials_that_was_changed_is_none(released: Released) -> None:
    key = f"{layout.folder(released.hash)}{layout.SBOM}"
    released.account.releases.objects[key] += b" "
    assert "changed after it was built" in facts_of(released).materials.problem
    del released.account.releases.objects[key]
    assert "can't be read" in facts_of(released).materials.problem


def test_fails_for_a_changed_manifest(released: Released) -> None:
    released.account.releases.objects[layout.manifest(released.hash)] += b" "
    with pytest.raises(ReleaseRefused, match="GF-REL-111"):
        facts_of(released)


def test_fails_in_another_checkout(released: Released) -> None:
    items = [item for item in released.manifest.items if item.name != "classify-v1"]
    other = released.manifest.model_copy(update={"items": tuple(items)})
    released.hash = released._stored(other)
    with pytest.raises(ReleaseError, match=f"GF-REL-460: .*prompt classify-v1: check out commit {other.commit}"):
        facts_of(released)
