"""Datasets puts suites of a release where their versions belong, whoever built the release."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from genai_runtime.evaluation.layout import content_hash, golden
from genai_runtime.evaluation.store import Store
from genai_runtime.release import publishing
from genai_runtime.release.bucket import ReleaseBucket
from genai_runtime.release.errors import FILES_TOO_LARGE, SUITE_DIFFERS, SUITE_MISSING
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


@pytest.fixture
def redacted() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def publish(s3: Any, bucket: str, datasets: Store, redacted: list[tuple[str, str]]) -> Act:
    """Publishes a release whose archive holds these files of the suite."""

    def act(files: dict[str, bytes] = FILES, version: str = VERSION) -> None:
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
        s3.put_object(Bucket=bucket, Key=f"releases/{hash_}/files.zip", Body=sample.archive(members))
        publisher = Publisher(
            ReleaseBucket(s3, bucket), lambda: (datasets, lambda suite, which: redacted.append((suite, which)))
        )
        publisher.publish(ActionParameters(execution=sample.EXECUTION, manifest=hash_))

    return act


def test_a_suite_that_two_environments_ask_for_is_published_once_and_redacted(
    publish: Act, datasets: Store, redacted: list[tuple[str, str]]
) -> None:
    publish()
    assert {name: datasets.read(golden("golden", "answers", VERSION, name)) for name in FILES} == FILES
    assert redacted == [("answers", VERSION)]


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


def test_fails_where_somebody_wrote_other_bytes_under_the_version(publish: Act, datasets: Store) -> None:
    assert datasets.write_once(golden("golden", "answers", VERSION, "dataset.jsonl"), b"other")
    with refuses(SUITE_DIFFERS, "by hand"):
        publish()


def test_fails_for_a_file_beyond_all_measure(publish: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MOST_BYTES", 4)
    with refuses(FILES_TOO_LARGE, "evaluations/answers"):
        publish()
