"""Metrics by Bedrock: what is asked, how often, and what becomes of a service that doesn't answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from genai_runtime.evaluation.metrics.bedrock import BedrockEmbeddings, BedrockGuardrail, overlapping, pieces
from genai_runtime.evaluation.metrics.context import Services
from genai_runtime.evaluation.metrics.scoring import Scorer
from genai_runtime.evaluation.run import GuardrailId
from tests.unit.evaluation.metrics.bedrock import Wire, vector
from tests.unit.evaluation.metrics.making import case, response, score, suite, value
from tests.unit.evaluation.metrics.texts import PICKED, random_pairs, very_long

TITAN, COHERE = "amazon.titan-embed-text-v2:0", "eu.cohere.embed-v4:0"
SAFETY = GuardrailId(name="safety", id="g1", version="3")


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def services(wire: Wire, executor: ThreadPoolExecutor, model: str = TITAN) -> Services:
    client: Any = cast("Any", wire)
    return Services(BedrockEmbeddings(client, executor, model), BedrockGuardrail(client, executor, SAFETY))


@pytest.mark.parametrize("model", [TITAN, COHERE, "cohere.embed-multilingual-v3"])
def test_similarity_is_the_cosine_of_the_embeddings(executor: ThreadPoolExecutor, model: str) -> None:
    given = services(Wire(), executor, model)
    assert value("semantic-similarity", case("abab"), "ba", given) == pytest.approx(1)
    assert value("semantic-similarity", case("ab"), "cd", given) == 0
    assert value("semantic-similarity", case("aab"), "ab", given) == pytest.approx(3 / math.sqrt(10))
    assert value("semantic-similarity", case("cd", references=["ab"]), "aabb", given) == pytest.approx(1)
    assert value("semantic-similarity", case("xyz"), "ab", given) == 0
    assert value("semantic-similarity", case("same"), "same", given) == 1
    assert value("semantic-similarity", case("ab"), " \n", given) == 0


def test_each_text_is_asked_once_and_cohere_takes_96_at_a_time(executor: ThreadPoolExecutor) -> None:
    asked = [(case(f"reference {index % 100} ab"), response(f"answer {index} b")) for index in range(200)]
    wire = Wire()
    first = Scorer(suite("semantic-similarity")).score(asked, services(wire, executor, COHERE))
    assert sorted(len(body["texts"]) for body in wire.bodies) == [12, 96, 96, 96]
    assert len({text for body in wire.bodies for text in body["texts"]}) == 300
    assert {body["input_type"] for body in wire.bodies} == {"clustering"}
    single = Wire()
    second = Scorer(suite("semantic-similarity")).score(asked, services(single, executor))
    assert len(single.bodies) == 300
    assert first == second


def test_a_text_beyond_the_models_limit_is_the_mean_of_its_pieces(executor: ThreadPoolExecutor) -> None:
    wire = Wire()
    long = "ab " * 8_000 + "cd " * 8_000
    found = BedrockEmbeddings(cast("Any", wire), executor, TITAN).vector(long)
    assert [len(body["inputText"].encode()) <= 24_000 for body in wire.bodies] == [True, True]
    assert found == pytest.approx([each / 2 for each in vector(long)])
    assert value("semantic-similarity", case(long), very_long(1), services(wire, executor)) >= 0


def test_pieces_keep_every_character_and_never_part_one() -> None:
    for text in (*PICKED, very_long(1), *(answer for answer, _ in random_pairs(200, seed=71))):
        for most in (16, 100, 1500):
            found = pieces(text, most)
            assert all(len(piece.encode()) <= most for piece in found)
            assert "".join("".join(found).split()) == "".join(text.split())


def test_a_guardrail_judges_answers_as_output(executor: ThreadPoolExecutor) -> None:
    wire = Wire()
    given = services(wire, executor)
    asked = [(case(), response(text)) for text in ("fine", "you idiot", "the secret", "fine", "")]
    scored = Scorer(suite("toxicity-free", "pii-free")).score(asked, given)
    assert [[score.value for score in each.scores] for each in scored] == [[1, 1], [0, 1], [1, 0], [1, 1], [1, 1]]
    assert [each.pattern for each in scored] == [None, "safety", "safety", None, None]
    assert scored[2].scores[1].detail == "found: EMAIL"
    assert len(wire.guarded) == 3
    assert {(each["guardrailIdentifier"], each["guardrailVersion"], each["source"]) for each in wire.guarded} == {
        ("g1", "3", "OUTPUT")
    }
    assert value("pii-free", case(), "the secret", given, ignore=["EMAIL"]) == 1


def test_long_answers_are_judged_in_overlapping_pieces(executor: ThreadPoolExecutor) -> None:
    text = "x" * 23_990 + " the secret is here " + "y" * 60_000
    assert all(len(piece) <= 24_000 for piece in overlapping(text))
    assert value("pii-free", case(), text, services(Wire(), executor)) == 0
    assert [len(overlapping("z" * count)) for count in (0, 1, 24_000, 24_001)] == [1, 1, 1, 2]


@pytest.mark.parametrize("name", ["semantic-similarity", "toxicity-free", "pii-free"])
@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_fails_undecided_when_the_service_does_not_answer(executor: ThreadPoolExecutor, name: str, code: str) -> None:
    found = score(name, case("ab"), "b", services(Wire(failing=code), executor))
    assert (found.value, found.passed) == (None, None)
    assert found.detail.startswith("GF-EVAL-157: ")
    assert f"({code}: slow down)" in found.detail


def test_fails_undecided_without_the_service() -> None:
    assert score("semantic-similarity", case("ab"), "b").detail.startswith(
        "GF-EVAL-154: the run names no embedding model"
    )
    assert score("pii-free", case(), "b").detail.startswith("GF-EVAL-156: the run names no guardrail for safety")


def test_fails_undecided_with_an_embedding_model_of_another_family(executor: ThreadPoolExecutor) -> None:
    found = score("semantic-similarity", case("ab"), "b", services(Wire(), executor, "amazon.nova-lite-v1:0"))
    assert found.detail.startswith(
        "GF-EVAL-155: embedding model 'amazon.nova-lite-v1:0' is of no known family: use one of"
    )


def test_forbidden_text_is_found_however_it_is_written() -> None:
    asked = case(expect={"forbidden": ["Straße 7", "token-X"]})
    for text in ("in der STRASSE 7", "to\u200bken-x", "ｔｏｋｅｎ－ｘ"):
        assert value("forbidden-text", asked, text) == 0
    assert value("forbidden-text", asked, "Straße 8, token X") == 1
    assert score("forbidden-text", asked, "token-x").detail == "contains token-X"
