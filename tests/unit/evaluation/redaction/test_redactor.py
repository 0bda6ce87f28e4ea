"""A suite redacted as a whole, with the local target's ApplyGuardrail in process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from foundation.evaluation.suites import load_suite
from genai_runtime.evaluation import layout
from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.planning.suite_files import parse_cases
from genai_runtime.evaluation.redaction.detection import Detector, Entity, batches
from genai_runtime.evaluation.redaction.errors import RedactionFailed
from genai_runtime.evaluation.redaction.lines import lines
from genai_runtime.evaluation.redaction.redactor import Redactor
from genai_runtime.evaluation.redaction.report import RedactionReport
from tests.synth.app import CHECKOUT
from tests.unit.evaluation.redaction.doubles import Known, MemoryS3, detector, store

SECRET = bytes(range(32))
ALICE, MAIL, PHONE = "Alice Example", "alice.example@corp.com", "+44 20 7946 0958"
IBAN = "DE89 3704 0044 0532 0130 00"


def case(number: int, question: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"case-{number}",
        "kind": "quality",
        "variables": {"question": question},
        "tags": {"language": "en", "topic": "claims"},
        "origin": "hand-written",
        **more,
    }


CASES = [
    case(
        1,
        f"My name is {ALICE}. What is my IBAN?",
        reference=f"Your IBAN is {IBAN}.",
        context=[{"id": "record", "text": f"Mrs {ALICE}, {MAIL}, {PHONE}, IBAN {IBAN}."}],
        expect={"citations": ["record"], "forbidden": [PHONE], "pattern": r"DE89 3704 0044 0532 0130 00"},
    ),
    case(2, f"Write to {MAIL} that her claim is open.", reference=f"Dear {ALICE}, your claim is open."),
    case(3, "How long is a claim open?", reference="Thirty days."),
]


def published(cases: list[dict[str, Any]], calibration: list[dict[str, Any]] | None = None) -> tuple[MemoryS3, str]:
    """A bucket with one suite, and its version."""
    files = {
        "suite.yaml": b"name: claims\n",
        "dataset.jsonl": "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in cases).encode(),
    }
    if calibration is not None:
        files["calibration.jsonl"] = "".join(json.dumps(each) + "\n" for each in calibration).encode()
    s3, version = MemoryS3(), layout.content_hash(files)
    for name, body in files.items():
        s3.objects[layout.golden("golden", "claims", version, name)] = body
    return s3, version


def redacted(s3: MemoryS3, version: str, found_by: Detector | None = None) -> RedactionReport:
    return Redactor(store(s3), found_by or detector(), SECRET).redact("claims", version)


def dataset(s3: MemoryS3, report: RedactionReport) -> bytes:
    return s3.objects[layout.golden("redacted", "claims", str(report.redacted_version), "dataset.jsonl")]


def test_no_value_is_left_and_the_same_person_stays_the_same_person() -> None:
    s3, version = published(CASES)
    report = redacted(s3, version)
    body = dataset(s3, report).decode()
    for value in (ALICE, MAIL, PHONE, IBAN, "Alice", "alice"):
        assert value not in body
    one, two, three = parse_cases(body.encode())
    assert one.reference is not None
    assert two.reference is not None
    name = two.reference.removeprefix("Dear ").partition(",")[0]
    assert name in one.context[0].text
    assert name in (one.variables or {})["question"]
    assert one.expect.forbidden[0] in one.context[0].text
    assert three == Case.model_validate(CASES[2])


def test_references_still_match_their_context() -> None:
    s3, version = published(CASES)
    one = parse_cases(dataset(s3, redacted(s3, version)))[0]
    iban = (one.reference or "").removeprefix("Your IBAN is ").removesuffix(".")
    assert iban in one.context[0].text
    assert one.expect.pattern == iban
    assert (one.id, one.expect.citations, one.tags) == ("case-1", ("record",), CASES[0]["tags"])


def test_the_report_counts_and_holds_no_value() -> None:
    s3, version = published(CASES)
    report = redacted(s3, version)
    stored = s3.objects[layout.golden("redacted", "claims", version, "redaction.json")].decode()
    assert RedactionReport.model_validate_json(stored) == report
    for value in (ALICE, MAIL, PHONE, IBAN, "Alice"):
        assert value not in stored
    counted = {each.type: (each.values, each.occurrences, each.cases) for each in report.replaced}
    assert counted["EMAIL"] == (1, 2, ("case-1", "case-2"))
    assert counted["INTERNATIONAL_BANK_ACCOUNT_NUMBER"] == (1, 3, ("case-1",))
    assert counted["PHONE"] == (1, 2, ("case-1",))
    assert (report.cases, report.refused) == (3, ())


def test_redacting_twice_gives_the_same_bytes() -> None:
    s3, version = published(CASES)
    first = redacted(s3, version)
    before = dict(s3.objects)
    assert redacted(s3, version) == first
    assert s3.objects == before


def test_what_dev_gets_is_a_version_of_its_own_that_plan_accepts() -> None:
    s3, version = published(CASES)
    report = redacted(s3, version)
    assert report.redacted_version != version
    prefix = f"redacted/claims/{report.redacted_version}/"
    files = {key.removeprefix(prefix): body for key, body in s3.objects.items() if key.startswith(prefix)}
    assert layout.content_hash(files) == report.redacted_version


def test_a_suite_without_personal_data_keeps_its_bytes_and_its_version() -> None:
    s3, version = published([CASES[2]])
    report = redacted(s3, version)
    assert (report.redacted_version, report.replaced, report.rounds) == (version, (), 1)
    assert dataset(s3, report) == s3.objects[layout.golden("golden", "claims", version, "dataset.jsonl")]


def test_labels_of_a_judge_are_redacted_too() -> None:
    s3, version = published(CASES, [{"case": "case-1", "answer": f"It is {IBAN}, {ALICE}.", "label": 1}])
    report = redacted(s3, version)
    body = s3.objects[layout.golden("redacted", "claims", str(report.redacted_version), "calibration.jsonl")].decode()
    assert IBAN not in body
    assert json.loads(body)["case"] == "case-1"


def test_fails_a_case_whose_id_or_tag_names_a_person_and_keeps_the_others() -> None:
    tagged = case(4, f"Is {ALICE} insured?", tags={"language": "en", "customer": ALICE})
    s3, version = published([*CASES, tagged])
    report = redacted(s3, version)
    assert [each.case for each in report.refused] == ["case-4"]
    assert "tag" in report.refused[0].reason
    assert [each.id for each in parse_cases(dataset(s3, report))] == ["case-1", "case-2", "case-3"]


def test_fails_when_every_case_is_refused() -> None:
    s3, version = published([case(1, f"I am {ALICE}.", tags={"customer": ALICE})])
    with pytest.raises(RedactionFailed, match="GF-EVAL-055"):
        redacted(s3, version)
    assert not any(key.startswith("redacted/") for key in s3.objects)


def test_fails_for_a_version_that_is_not_published() -> None:
    with pytest.raises(RedactionFailed, match="GF-EVAL-050"):
        redacted(MemoryS3(), "0" * 64)


def test_fails_for_changed_files() -> None:
    s3, version = published(CASES)
    s3.objects[layout.golden("golden", "claims", version, "dataset.jsonl")] += b"\n"
    with pytest.raises(RedactionFailed, match="GF-EVAL-051"):
        redacted(s3, version)


def test_fails_when_the_guardrail_blocks() -> None:
    policy = {
        "piiEntitiesConfig": [{"type": "EMAIL", "action": "BLOCK", "inputAction": "BLOCK", "outputAction": "BLOCK"}]
    }
    s3, version = published(CASES)
    with pytest.raises(RedactionFailed, match="GF-EVAL-052") as caught:
        redacted(s3, version, detector(policy))
    assert MAIL not in str(caught.value)


def test_what_shows_only_after_a_replacement_is_found_in_another_round() -> None:
    hidden, masking = Entity("NAME", "Bob Hidden"), Entity("PHONE", PHONE)

    def sees(text: str, entity: Entity) -> bool:
        return entity.value in text and (entity != hidden or PHONE not in text)

    s3, version = published([case(1, f"Bob Hidden, {PHONE}")])
    report = redacted(s3, version, Known([hidden, masking], sees))
    assert report.rounds == 3
    assert b"Hidden" not in dataset(s3, report)


def test_fails_when_the_detector_never_settles() -> None:
    words = [f"word{number}x" for number in range(9)]
    entities = [Entity("USERNAME", word) for word in words]

    def sees(text: str, entity: Entity) -> bool:
        at = words.index(entity.value)
        return entity.value in text and not any(word in text for word in words[:at])

    s3, version = published([case(1, " ".join(words))])
    with pytest.raises(RedactionFailed, match="GF-EVAL-053"):
        redacted(s3, version, Known(entities, sees))


def test_values_that_the_detector_overlooks_elsewhere_are_replaced_everywhere() -> None:
    def sees(text: str, entity: Entity) -> bool:
        return f"name is {entity.value}" in text

    s3, version = published(CASES)
    report = redacted(s3, version, Known([Entity("NAME", ALICE)], sees))
    assert ALICE.encode() not in dataset(s3, report)


def test_fails_a_case_with_an_ordinary_word_in_doubt_and_leaves_the_word_elsewhere() -> None:
    word = Entity("PASSWORD", "policy")

    def sees(text: str, entity: Entity) -> bool:
        return f"password {entity.value}" in text

    s3, version = published([case(1, "What is a password policy?"), case(2, "Which policy applies?")])
    report = redacted(s3, version, Known([word], sees))
    assert [each.case for each in report.refused] == ["case-1"]
    assert b"Which policy applies?" in dataset(s3, report)


def test_requests_stay_within_the_services_size() -> None:
    long = " ".join(f"word{number}" for number in range(9_000))
    made = list(batches([long, "short", " ", "short", *(f"text {number}" for number in range(120))]))
    assert all(len(batch) <= 50 and sum(map(len, batch)) <= 20_000 for batch in made)
    sent = [text for batch in made for text in batch]
    assert sent.count("short") == 1
    assert all(any(long[at : at + 100] in text for text in sent) for at in range(0, len(long) - 100, 50))


def test_only_changed_lines_get_new_bytes() -> None:
    line = lines("dataset.jsonl", b'{ "id" : "a",  "prompt":"caf\\u00e9 Bob" }\n')[0]
    assert line.changed(lambda text: text) is line.raw
    assert json.loads(line.changed(lambda text: text.replace("Bob", "Tom"))) == {"id": "a", "prompt": "café Tom"}


def test_an_escaped_value_in_a_pattern_is_replaced() -> None:
    raw = json.dumps({"id": "a", "expect": {"pattern": r"alice\.example@corp\.com"}}).encode()
    line = lines("dataset.jsonl", raw)[0]
    assert line.texts() == [MAIL]
    changed = json.loads(line.changed(lambda text: text.replace(MAIL, "tom@b.example")))
    assert changed["expect"]["pattern"] == r"tom@b\.example"


@pytest.mark.parametrize("name", ["bedrock-api-reference", "api-limits"])
def test_documentation_suites_reach_dev_byte_for_byte(name: str) -> None:
    loaded, s3 = load_suite(CHECKOUT / "catalog" / "evaluations" / name), MemoryS3()
    for file, body in loaded.files.items():
        s3.objects[layout.golden("golden", name, loaded.version, file)] = body
    report = Redactor(store(s3), detector(), SECRET).redact(name, loaded.version)
    assert (report.redacted_version, report.replaced, report.refused) == (loaded.version, (), ())
