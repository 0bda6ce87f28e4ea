"""What the demo prints of its releases and its canary."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from foundation.demo.run import Summary


def show_releases(console: Console, summary: Summary) -> None:
    """A row for each release, and the comment on the pull request of the one that was stopped."""
    table = Table(
        "Released",
        "Status",
        "Manifest",
        "Actions",
        "Stopped at",
        title="Releases through the pipeline's own definition",
    )
    for each in summary.releases:
        style = None if each["as_expected"] else "red"
        stopped = ", ".join(each["failed"]) or "production"
        table.add_row(
            each["shows"], each["status"], each["manifest"][:12], str(len(each["seconds"])), stopped, style=style,
        )  # fmt: skip
    console.print(table)
    skipped = sorted({name for each in summary.releases for name in each["skipped"]})
    if skipped:
        console.print(f"Skipped by the demo (`make check test` is a command of its own): {', '.join(skipped)}")
    for each in summary.releases:
        if each["comment"]:
            console.print(f"Comment on the pull request of {each['shows']}:")
            console.print(Markdown(each["comment"]))


def canary_text(row: dict[str, Any]) -> str:
    """One sentence for a product owner, one for an operator."""
    if not row["rolled_back"]:
        return f"The canary of {row['use_case']} was not rolled back in {row['requests']} requests."
    return (
        f"Canary of {row['use_case']} in {row['environment']}: {row['candidate_requests']} of {row['requests']} requests got the "
        f"candidate, {row['harmed_requests']} of them a useless answer, {row['harmed_after_detection']} of those while functions "
        f"still learned of the roll-back.\nDetected at the candidate's request {row['detected_at']}: {row['why']}"
    )
