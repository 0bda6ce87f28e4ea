"""Datasets puts suites of a release where their versions belong, whoever built the release."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from genai_runtime.evaluation.layout import content_hash, golden
from genai_runtime.evaluation.store import Store
from genai_runtime.release import publishing
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import (
    FILES_TAMPERED,
    FILES_TOO_LARGE,
    NOT_REDACTED,
    SUITE_DIFFERS,
    SUITE_MISSING,
)
from genai_runtime.release.jobs import ActionParameters
from genai_runtime.release.manifest import Requirement, canonical, manifest_hash
from genai_runtime.release.publishing import Publisher
from tests.unit.release.core import sample
from tests.unit.release.core.conftest import REGION
from tests.unit.release.core.refusal import refuses

FILES = sample.SUITE_FILES
VERSION = content_hash(FILES)
Act = Callable[..., None]


@pytest.fixture
def datasets(s3: Any) -> Store:
    """The bucket of golden datasets, empty."""
    name = f"golden-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Store(s3, name)


class Redaction:
    """The governance account's function: what it was asked, and how it answers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[bool, bytes] = (False, b"{}")

    def __call__(self, event: bytes) -> tuple[bool, bytes]:
        self.asked.append(json.loads(event))
        return self.answer


@pytest.fixture
def redaction() -> Redaction:
    return Redaction()


@pytest.fixture
def publish(s3: Any, bucket: str, datasets: Store, redaction: Redaction) -> Act:
    """Publishes a release whose archive holds these files of the suite, or has been made of that by `damage`."""

    def act(
        files: dict[str, bytes] = FILES, version: str = VERSION, damage: Callable[[bytes], bytes] = lambda body: body
    ) -> None:
        members = {**sample.FILES, **{f"evaluations/answers/{name}": body for name, body in files.items()}}
        made = sample.manifest(
            requirements=tuple(
                Requirement(environment=each, purpose="gate", request=sample.request("answers", version))
                for each in ("dev", "pre-prod")
            ),
            files={name: sample.sha(body) for name, body in members.items()},
        )
        hash_ = manifest_hash(made)
        s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/manifest.json", Body=canonical(made))
        s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/files.zip", Body=damage(sample.archive(members)))
        publisher = Publisher(ReleaseBucket(s3, bucket), lambda: (datasets, redaction))
        publisher.publish(ActionParameters(execution=sample.EXECUTION, manifest=hash_))

    return act


def test_a_suite_that_two_environments_ask_for_is_published_once_and_redacted(
    publish: Act, datasets: Store, redaction: Redaction
) -> None:
    publish()
    assert {name: datasets.read(golden("golden", "answers", VERSION, name)) for name in FILES} == FILES
    assert redaction.asked == [{"suite": "answers", "version": VERSION}]


def test_published_twice_changes_nothing(publish: Act, datasets: Store) -> None:
    publish()
    publish()
    assert {name: datasets.read(golden("golden", "answers", VERSION, name)) for name in FILES} == FILES


def test_fails_for_files_that_are_not_the_version_and_publishes_nothing(publish: Act, datasets: Store) -> None:
    with refuses(SUITE_DIFFERS, "answers"):
        publish({**FILES, "dataset.jsonl": b"easier questions"})
    assert datasets.read(golden("golden", "answers", VERSION, "suite.yaml")) is None


def test_fails_for_a_release_without_the_suite(publish: Act) -> None:
    with refuses(SUITE_MISSING, "answers"):
        publish({})


def without_the_dataset(body: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        members = {each: opened.read(each) for each in opened.namelist() if not each.endswith("dataset.jsonl")}
    return sample.archive(members)


def test_fails_for_an_archive_that_lacks_what_the_manifest_lists(publish: Act) -> None:
    with refuses(SUITE_MISSING, "answers"):
        publish(damage=without_the_dataset)


def test_fails_where_somebody_wrote_other_bytes_under_the_version(publish: Act, datasets: Store) -> None:
    assert datasets.write_once(golden("golden", "answers", VERSION, "dataset.jsonl"), b"other")
    with refuses(SUITE_DIFFERS, "by hand"):
        publish()


def test_fails_for_a_file_beyond_all_measure(publish: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_BYTES", 4)
    with refuses(FILES_TOO_LARGE, "evaluations/answers"):
        publish()


def packed_by_lzma(_body: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as opened:
        for name, body in FILES.items():
            opened.writestr(f"evaluations/answers/{name}", body)
    return written.getvalue()


def with_a_changed_byte(body: bytes) -> bytes:
    place = body.index(b"evaluations/answers/dataset.jsonl") + len("evaluations/answers/dataset.jsonl")
    return body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"<html>no archive</html>",
        lambda body: body[:-30],
        lambda body: body[: len(body) // 2],
        with_a_changed_byte,
        packed_by_lzma,
    ],
    ids=["empty", "text", "cut", "half", "a changed byte", "lzma"],
)
def test_fails_for_an_archive_that_can_not_be_read_and_publishes_nothing(
    publish: Act, datasets: Store, redaction: Redaction, damage: Callable[[bytes], bytes]
) -> None:
    """A pull request's archive was verified by nobody before."""
    with refuses(FILES_TAMPERED, "run the pipeline from its beginning"):
        publish(damage=damage)
    assert list(datasets.keys("")) == []
    assert redaction.asked == []


def test_what_else_lies_beside_a_suite_is_not_published(publish: Act, datasets: Store) -> None:
    publish({**FILES, "notes.md": b"", "dataset.jsonl 0\nsuite.yaml": b""})
    assert sorted(datasets.keys("")) == sorted(golden("golden", "answers", VERSION, name) for name in FILES)


def failure(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (failure("RedactionFailed", "GF-EVAL-055: no case can be redacted"), "(GF-EVAL-055: no case can be redacted)"),
        (failure("Sandbox.Timedout", "Task timed out"), "(Sandbox.Timedout, the log of the function that redacts"),
        (failure("ValidationError", "input_value='Ann, 1 High Street'"), "(ValidationError, the log of"),
        (b"<html>", "(without a reason)"),
        (b"[]", "(without a reason)"),
        (b"{}", "(without a reason)"),
    ],
)
def test_fails_for_a_suite_that_is_not_redacted(publish: Act, redaction: Redaction, answer: bytes, said: str) -> None:
    redaction.answer = (True, answer)
    with refuses(NOT_REDACTED, f"suite answers {VERSION[:12]} is published but not redacted", said, "retry") as raised:
        publish()
    assert "High Street" not in str(raised.value)
