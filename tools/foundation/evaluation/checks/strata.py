"""GF-EVAL-010 and 011: the tags that metrics are split by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from foundation.evaluation.suites import ReadSuite
from genai_foundation.catalog import ConfigError
from genai_foundation.catalog.yaml_tree import Node
from genai_runtime.evaluation.suite import MetricSpec

FEWEST = 10
"""Cases below which a stratum decides nothing: with 10 passes of 10, Wilson's 95 % interval begins at 0.72."""


def check_strata(found: ReadSuite) -> Iterator[ConfigError]:
    """Cases without a tag that a metric is split by, and strata with too few cases. Once for each tag."""
    if found.suite is None or found.tree is None:
        return
    told: set[tuple[str, int]] = set()
    for index, metric in enumerate(found.suite.metrics):
        place = found.tree.get("metrics", index)
        for tag in metric.strata:
            lines = _lines(found, metric)
            for line in lines:
                if tag not in found.cases[line].tags and (tag, line) not in told:
                    told.add((tag, line))
                    text = f"has no tag {tag!r}, which metric {metric.name} is split by: add the tag"
                    yield found.error("GF-EVAL-010", line, f"tags.{tag}", text)
            if place is not None:
                yield from _sizes(found, metric, tag, lines, place)


def _sizes(found: ReadSuite, metric: MetricSpec, tag: str, lines: list[int], place: Node) -> Iterator[ConfigError]:
    sizes = Counter(found.cases[line].tags[tag] for line in lines if tag in found.cases[line].tags)
    for value, size in sorted(sizes.items()):
        if size < FEWEST:
            what = f"stratum {tag} = {value} of metric {metric.name}"
            text = f"{what} has {size} cases, it needs {FEWEST}: add cases or drop the stratum"
            yield ConfigError("GF-EVAL-011", place.file, place.line, f"{place.key}.strata", "", text)
    if lines and not sizes:
        text = (
            f"no case has the tag {tag!r}, so that metric {metric.name} has no stratum: add the tag or drop the stratum"
        )
        yield ConfigError("GF-EVAL-011", place.file, place.line, f"{place.key}.strata", "", text)


def _lines(found: ReadSuite, metric: MetricSpec) -> list[int]:
    return [line for line, case in found.cases.items() if not metric.kinds or case.kind in metric.kinds]
