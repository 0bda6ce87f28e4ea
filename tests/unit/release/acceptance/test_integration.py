"""Every prompt of every use case is asked, and each way of being wrong is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from typer.testing import CliRunner

from foundation.release.acceptance import cli as acceptance_cli
from foundation.release.acceptance.inputs import ATTACK, TestedUseCase, asks_for, use_cases_under_test
from foundation.release.acceptance.integration import integration
from foundation.release.acceptance.results import Test
from foundation.release.bundle.requirements import live
from foundation.release.cli import app
from foundation.release.context import Context
from foundation.release.errors import ReleaseError
from genai_runtime.release.manifest import Manifest
from stacks.settings import Settings
from tests.unit.release.acceptance.callers import EARLIER, MANIFEST, Deployed
from tests.unit.release.deployment.sealed import context_with, manifest_of


@pytest.fixture(scope="module")
def manifest(settings: Settings) -> Manifest:
    """What the shipped configuration makes live."""
    said = {environment: {n: v.model_dump() for n, v in each.items()} for environment, each in live(settings).items()}
    return manifest_of({"cdk.out/x": "1" * 64}, live=said)


@pytest.fixture(scope="module")
def use_cases(settings: Settings, manifest: Manifest) -> list[TestedUseCase]:
    """Of pre-prod."""
    return use_cases_under_test(settings, manifest, "pre-prod")


def _run(caller: Deployed, use_cases: list[TestedUseCase]) -> list[Test]:
    ticks = count(step=30)
    return list(integration(caller, use_cases, MANIFEST, clock=lambda: next(ticks), sleep=lambda _seconds: None))


def test_every_prompt_of_every_use_case_is_asked(use_cases: list[TestedUseCase]) -> None:
    caller = Deployed()
    tests = _run(caller, use_cases)
    assert [each.result for each in tests] == ["passed"] * 15
    asked = {(alias, payload["prompt"]) for alias, payload in caller.asked}
    assert asked >= {
        ("claims-assistant", "classify"), ("claims-assistant", "grounded-answer"), ("pension-guidance", "extract"),
        ("pension-guidance", "grounded-answer"), ("policy-search", "summarise"),
    }  # fmt: skip


def test_texts_come_from_suites_where_one_asks_the_prompt(use_cases: list[TestedUseCase]) -> None:
    claims = next(each for each in use_cases if each.name == "claims-assistant")
    assert claims.asks["grounded-answer"][0].origin == "suite safety-baseline"
    assert len(claims.asks["grounded-answer"]) > 5
    assert claims.asks["classify"][0].origin == "made from the prompt's variables"
    assert set(claims.asks["classify"][0].variables) == {"categories", "message"}


def test_texts_keep_the_prompts_limits(settings: Settings) -> None:
    for prompt in settings.catalog.prompts.values():
        (ask,) = asks_for("x", prompt, [])
        assert all(0 < len(ask.variables[each.name]) <= each.max_characters for each in prompt.variables)


def test_an_attack_is_written_where_users_write(use_cases: list[TestedUseCase]) -> None:
    for each in use_cases:
        assert each.attack is not None
        assert each.attack.variables["question"] == ATTACK


def test_it_waits_until_functions_have_heard_of_the_release(use_cases: list[TestedUseCase]) -> None:
    assert all(each.result == "passed" for each in _run(Deployed(late=2), use_cases))


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "answers from release": lambda result: result["release"].update(manifest=EARLIER),
    "answers from release none": lambda result: result.pop("release"),
    "version 3 of the prompt, the release has 1": lambda result: result["prompt"].update(version=3),
    "guardrail other": lambda result: result["guardrail"].update(name="other"),
    "failed, not answered": lambda result: result.update(outcome="failed"),
}


@pytest.mark.parametrize("said", WRONG)
def test_fails_for_an_answer_that_is_not_the_releases(use_cases: list[TestedUseCase], said: str) -> None:
    tests = [each for each in _run(Deployed(WRONG[said]), use_cases[:1]) if each.name.endswith("from the release")]
    assert all(said in each.problem for each in tests), tests


def test_fails_for_an_attack_that_gets_through(use_cases: list[TestedUseCase]) -> None:
    tests = _run(Deployed(lambda result: result.update(outcome="answered")), use_cases[:1])
    assert [each.problem for each in tests if "attack" in each.name] == ["answered, not blocked: grounded-answer"]


def test_fails_for_requests_that_nobody_refuses(
    use_cases: list[TestedUseCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Deployed()
    monkeypatch.setattr(
        caller, "_refused", lambda _code: Deployed().ask("claims-assistant", use_cases[0].asks["classify"][0].payload())
    )
    failed = [each.name for each in _run(caller, use_cases[:1]) if each.result == "failed"]
    assert failed == ["a prompt outside of the contract is rejected", "a request for another use case is refused"]


def test_an_attack_is_skipped_where_nothing_would_stop_it(use_cases: list[TestedUseCase]) -> None:
    tests = _run(Deployed(), [replace(use_cases[0], attack=None)])
    assert [each.skipped for each in tests if each.result == "skipped"] == [
        "guardrail customer-facing stops neither attacks nor topics, or no prompt takes a text"
    ]


def test_nothing_is_attacked_where_no_prompt_takes_a_text(settings: Settings, manifest: Manifest) -> None:
    fixed = {
        name: prompt.model_copy(update={"variables": (), "template": "Greet the customer."})
        for name, prompt in settings.catalog.prompts.items()
    }
    without = replace(settings, catalog=replace(settings.catalog, prompts=fixed))
    found = use_cases_under_test(without, manifest, "pre-prod")
    assert [each.attack for each in found] == [None] * len(found)
    assert all(asks[0].variables == {} for each in found for asks in each.asks.values())


@pytest.mark.parametrize("what", ["prompts", "guardrail"])
def test_fails_for_a_release_of_another_checkout(settings: Settings, manifest: Manifest, what: str) -> None:
    raw = manifest.model_dump(mode="json")
    versions = raw["live"]["dev"]["claims-assistant"]
    versions[what] = {"classify": 99} if what == "prompts" else {"name": "customer-facing", "version": 99}
    with pytest.raises(ReleaseError, match=r"GF-REL-450: .*-v99"):
        use_cases_under_test(settings, Manifest.model_validate(raw), "dev")


def test_fails_without_anything_to_test(settings: Settings, manifest: Manifest) -> None:
    raw = manifest.model_dump(mode="json")
    for live_there in ({**raw["live"], "pre-prod": {}}, {"dev": raw["live"]["dev"]}):
        with pytest.raises(ReleaseError, match=r"GF-REL-451: .* no use case in pre-prod.*config/use_cases"):
            use_cases_under_test(settings, Manifest.model_validate({**raw, "live": live_there}), "pre-prod")


@pytest.fixture
def command(settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Deployed], None]:
    """The commands on a deployed release."""

    class Releases:
        def manifest(self, _hash: str) -> Manifest:
            return manifest

    def use(caller: Deployed) -> None:
        context = context_with(settings, {})
        monkeypatch.setattr(Context, "releases", Releases())
        monkeypatch.setattr(acceptance_cli, "_opened", lambda *_given: (context, caller))

    return use


@pytest.mark.parametrize("suite", ["integration", "performance"])
@pytest.mark.parametrize("good", [True, False])
def test_the_exit_code_and_the_files_say_the_same(
    command: Callable[[Deployed], None], tmp_path: Path, suite: str, good: bool
) -> None:
    command(Deployed() if good else Deployed(lambda result: result.update(outcome="failed")))
    arguments = [suite, "--environment", "pre-prod", "--manifest", MANIFEST, "--out", str(tmp_path)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == (0 if good else 1), done.output
    found = json.loads((tmp_path / f"{suite}.json").read_text())
    assert (found["passed"], found["manifest"]) == (good, MANIFEST)
    root = Xml.parse(tmp_path / f"{suite}.xml").getroot()  # noqa: S314 - written just now
    assert (root.get("failures") == "0") is good
    assert int(root.get("tests", "0")) == len(found["tests"])
