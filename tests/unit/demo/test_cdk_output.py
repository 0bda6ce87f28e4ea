"""What the CDK CLI prints, as the deployment's progress reads it."""

import pytest

from foundation.cdk import DONE, tail


@pytest.mark.parametrize(
    ("line", "stack", "unchanged"),
    [
        (" ✅  shared/Security (shared-Security)\n", "shared/Security", False),
        (" ✅  shared/Security (shared-Security) (no changes)\n", "shared/Security", True),
        (" ✅  dev/UseCase-claims (dev-UseCase-claims) (no changes)", "dev/UseCase-claims", True),
    ],
)
def test_reads_a_finished_stack(line: str, stack: str, unchanged: bool) -> None:
    match = DONE.search(line)
    assert match is not None
    assert (match["stack"], bool(match["unchanged"])) == (stack, unchanged)


def test_reads_nothing_from_other_lines() -> None:
    assert DONE.search("dev/Security (dev-Security): deploying... [1/2]") is None


def test_fails_show_what_failed_once_and_nothing_else() -> None:
    output = (
        "a | CREATE_COMPLETE\nb | CREATE_FAILED | why\nc | DELETE_COMPLETE\nb | CREATE_FAILED | why\n❌  b failed\n"
    )
    assert tail(output) == "b | CREATE_FAILED | why\n❌  b failed"


def test_fails_without_a_named_resource_show_the_end() -> None:
    assert tail("\n".join(map(str, range(100)))).splitlines() == [str(n) for n in range(70, 100)]
