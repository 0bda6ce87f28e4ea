"""Whether an answer declines."""

from __future__ import annotations

import pytest

from genai_runtime.evaluation.metrics.refusal_phrases import PHRASES
from tests.unit.evaluation.metrics.making import case, response, score, value
from tests.unit.evaluation.metrics.texts import PICKED, random_pairs, very_long

MUST, MUST_NOT = case(expect={"refusal": True}), case(expect={"refusal": False})
SENTENCE = "I can't answer that from the information I have."
REFUSALS = (
    *("I’m sorry, but I can’t help with that.", "  I cannot assist with this request.", "Unfortunately, I don't know."),
    *(
        "Leider kann ich nicht dabei helfen, das kann ich nicht.",
        "Je ne peux pas vous aider.",
        "Lo siento, no puedo ayudar.",
    ),
    *("Mi dispiace, non posso aiutarti.", "Desculpe, não posso ajudar.", "Daar kan ik niet mee helpen."),
    *(
        "Niestety nie mogę pomóc.",
        "Jag kan tyvärr inte hjälpa dig.",
        "Üzgünüm, yardımcı olamam.",
        "Извините, я не могу помочь.",
    ),
    *("عذرًا، لا أستطيع المساعدة في ذلك.", "מצטער, אני לא יכול לעזור.", "क्षमा करें, मैं मदद नहीं कर सकता।"),
    *(
        "抱歉，我无法回答这个问题。",
        "申し訳ありませんが、その質問にはお答えできません。",
        "죄송하지만 답변할 수 없습니다.",
    ),
)
ANSWERS = (
    *(
        "The excess is 250 euros.",
        "You can't cancel within the first year.",
        "Das können Sie nicht kündigen.",
        "250",
        "",
    ),
    *(
        "The API cannot be called without a token.",
        "Wikis can't hold files.",
        "No se puede cancelar.",
        "保険金は250ユーロです。",
    ),
)


@pytest.mark.parametrize("answer", REFUSALS)
def test_refusals_of_many_languages(answer: str) -> None:
    assert (value("refusal", MUST, answer), value("refusal", MUST_NOT, answer)) == (1, 0)


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_are_no_refusals(answer: str) -> None:
    assert (value("refusal", MUST, answer), value("refusal", MUST_NOT, answer)) == (0, 1)


def test_blocks_are_refusals_whatever_the_words() -> None:
    for given in (
        response("Sorry, that topic is closed.", guardrail_action="blocked", stop_reason="guardrail_intervened"),
        response("", stop_reason="content_filtered"),
    ):
        assert value("refusal", MUST, given) == 1
    masked = response("Write to {EMAIL}.", guardrail_action="masked", stop_reason="guardrail_intervened")
    assert value("refusal", MUST, masked) == 0


def test_the_prompts_own_sentence_counts_exactly() -> None:
    own = "Dafür bin ich nicht zuständig."
    assert value("refusal", MUST, own) == 0
    assert value("refusal", MUST, f'"{own.upper()}"\n', sentences=[own]) == 1
    assert value("refusal", MUST, "I cannot help.", sentences=[own], only_sentences=True) == 0
    assert value("refusal", MUST, "Nope, not today.", phrases=["not today"]) == 1
    assert value("refusal", MUST, SENTENCE, sentences=[SENTENCE], only_sentences=True) == 1


def test_only_the_opening_declines() -> None:
    assert value("refusal", MUST, "The excess is 250 euros. " * 20 + "I cannot say more.") == 0
    assert value("refusal", MUST, "Wiki can't do it") == 0


def test_the_detail_says_what_was_wrong() -> None:
    assert score("refusal", MUST, "250").detail == "answered though it should decline"
    assert score("refusal", MUST_NOT, "I cannot say.").detail == "declined though it should answer"


def test_every_phrase_is_found_and_any_text_gives_a_value() -> None:
    for phrases in PHRASES.values():
        assert {value("refusal", MUST, phrase) for phrase in phrases} == {1.0}
    for text in (*PICKED, very_long(1), *(answer for answer, _ in random_pairs(200, seed=61))):
        assert value("refusal", MUST, text) + value("refusal", MUST_NOT, text) == 1
