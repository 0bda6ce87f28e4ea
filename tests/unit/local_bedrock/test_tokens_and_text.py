"""Token counts, sentences and stems."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.local.bedrock import text as lexical
from foundation.local.bedrock.tokens import count, pieces, truncate


@given(st.text())
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(st.text(), st.integers(0, 50))
def test_truncation_keeps_a_prefix_of_at_most_the_limit(text: str, limit: int) -> None:
    kept, was_cut = truncate(text, limit)
    assert text.startswith(kept)
    assert count(kept) <= limit
    assert was_cut == (count(text) > limit)


def test_prose_has_somewhat_more_tokens_than_words() -> None:
    prose = "The policyholder must report every claim within seven days of the event, in writing or by telephone."
    assert 1.0 <= count(prose) / len(prose.split()) <= 1.7
    assert count("") == 0
    assert count("保険") == 2


def test_forms_of_a_word_share_their_stem() -> None:
    for forms in (("claim", "claims", "claimed", "claiming"), ("policy", "policies"), ("invest", "investment", "investing"),
                  ("cancel", "cancelled", "cancelling"), ("Übergröße", "ubergrosse")):  # fmt: skip
        assert len({lexical.stem(form) for form in forms}) == 1, forms


def test_sentences_end_where_they_should() -> None:
    text = "Dr. Meyer pays 2.50 euros, e.g. by card. Is that all? Yes!\n- first item\n- second item"
    assert lexical.sentences(text) == [
        "Dr. Meyer pays 2.50 euros, e.g. by card.", "Is that all?", "Yes!", "first item", "second item",
    ]  # fmt: skip


@given(st.text())
def test_no_text_breaks_the_sentences(text: str) -> None:
    assert all(sentence.strip() for sentence in lexical.sentences(text))
