"""Where facts come from: manifest, genuine entries, results with the hash that was judged, a checkout that is the release's."""

from __future__ import annotations

import pytest

from foundation import cdk
from foundation.release.dossier.controls import Release, controls
from foundation.release.dossier.dimensions import FAIRNESS
from foundation.release.dossier.facts import Facts, gather
from foundation.release.dossier.limits import known_limits
from foundation.release.dossier.notes import release_notes
from foundation.release.dossier.page import render
from foundation.release.errors import ReleaseError
from genai_runtime.evaluation import layout as runs
from genai_runtime.release import layout
from genai_runtime.release.errors import ReleaseRefused
from genai_runtime.release.manifest import manifest_hash
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


def test_an_earlier_manifest_that_was_changed_tells_no_changes(released: Released) -> None:
    earlier = released.before(evidence_days=3)
    released.account.releases.objects[layout.manifest(earlier)] += b" "
    facts = facts_of(released)
    assert (facts.before, facts.changes) == (earlier, ())
    assert "it was changed after it was built" in facts.changes_problem
    assert any(line.startswith("What changed can't be told: GF-REL-111") for line in known_limits(facts))
    for text in (release_notes(facts), render(facts)):
        assert "can't be told: GF-REL-111" in text.replace("&#39;", "'")
        assert "Nothing was released" not in text
        assert "Nothing differs" not in text


def test_what_came_after_a_release_was_not_before_it(released: Released) -> None:
    earlier = released.before(evidence_days=3)
    released.judged("prod")
    later = released.before(evidence_days=5, at="2026-10-01T00:00:00+00:00")
    assert facts_of(released).before == earlier
    released.hash = later
    assert facts_of(released).before == manifest_hash(released.manifest)


def test_the_time_of_an_entry_that_is_not_genuine_counts_for_nothing(released: Released) -> None:
    released.judged("dev")
    released.account.ledger.items[-1]["signature"] = {"S": "Zm9yZ2Vk"}
    assert facts_of(released).as_of == "2026-09-01T01:00:00+00:00"


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


@pytest.mark.parametrize("gating", [True, False])
def test_only_a_gating_metric_must_hold_in_groups(released: Released, gating: bool) -> None:
    facts = facts_of(released)
    suite = facts.suites[SUITE].suite
    metric = suite.metrics[0].model_copy(update={"strata": ("language",), "gating": gating})
    release = Release(facts.settings, facts.manifest, [suite.model_copy(update={"metrics": (metric,)})])
    found = [each.text for each in controls(FAIRNESS, release)]
    assert found == [f"Suite {SUITE} must hold its thresholds in every group of language on its own"] * gating
