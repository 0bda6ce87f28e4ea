"""The metrics that there are: ours, and those of plug-ins.

A plug-in is a module of the namespace package `genai_evaluation_plugins`, brought by a Lambda layer as
`python/genai_evaluation_plugins/NAME.py` (without an `__init__.py`, so that several layers can each bring some). Importing
it registers its metrics. A module that can't be imported costs its own metrics and nothing else.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias, TypeVar

from genai_runtime.evaluation.case import Case
from genai_runtime.evaluation.metrics.context import Context, MetricValue, Options, Services
from genai_runtime.evaluation.metrics.errors import (
    METRIC_NAME_INVALID,
    METRIC_TWICE,
    METRIC_UNKNOWN,
    PLUGIN_BROKEN,
    MetricError,
)
from genai_runtime.evaluation.records import Pattern

Kind = Literal["rate", "mean"]
Need = Literal["reference", "context", "citations", "refusal", "pattern", "json-schema", "number", "forbidden"]
Service = Literal["embeddings", "guardrail"]
Function: TypeAlias = Callable[[Case, str, Context], float | MetricValue]
Prepare: TypeAlias = Callable[[Sequence[tuple[Case, str]], Services], None]
F = TypeVar("F", bound=Function)

PLUGINS: Final = "genai_evaluation_plugins"
OTHER_STEPS: Final[Mapping[str, Kind]] = {"judge": "mean", "judge-preference": "mean", "human-review": "mean"}
"""Metrics of a suite that other steps than scoring give."""

_BUILT_IN = ("overlap", "ngrams", "similarity", "grounding", "refusal", "formats", "numeric", "safety")
_HELD: Mapping[Need, Callable[[Case], bool]] = {
    "reference": lambda case: bool(case.right_answers),
    "context": lambda case: bool(case.context),
    "citations": lambda case: case.expect.citations is not None,
    "refusal": lambda case: case.expect.refusal is not None,
    "pattern": lambda case: case.expect.pattern is not None,
    "json-schema": lambda case: case.expect.json_schema is not None,
    "number": lambda case: case.expect.number is not None,
    "forbidden": lambda case: bool(case.expect.forbidden),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_registered: dict[str, "Metric"] = {}


@dataclass(frozen=True)
class Metric:
    """A registered metric."""

    name: str
    kind: Kind
    """`rate`: each value is 0 or 1. `mean`: anything from 0 to 1."""
    needs: tuple[Need, ...]
    """What a case must hold for the metric to apply."""
    function: Function
    options: type[Options]
    uses: Service | None
    """A service that the run's request must name."""
    prepare: Prepare | None
    """Called once for a batch before its cases, to fetch from services in bulk."""
    failure: Pattern | None
    """What a failure of this metric means, if it means one thing only."""
    imports: tuple[str, ...] = ()
    """Modules that the function needs."""

    def applies(self, case: Case) -> bool:
        """Whether the case holds what the metric needs."""
        for need in self.needs:  # noqa: SIM110 asked for every case and metric: all() with a generator takes twice as long
            if not _HELD[need](case):
                return False
        return True

    def load(self) -> None:
        """Import what it needs, before its time begins: an import that is interrupted leaves half a module behind, and a
        Lambda environment would keep that for all later batches."""
        for module in self.imports:
            importlib.import_module(module)

    @property
    def plugin(self) -> bool:
        """Whether it is an LOB's."""
        return not self.function.__module__.startswith(f"{__package__}.")


def metric(
    name: str,
    *,
    kind: Kind,
    needs: Need | tuple[Need, ...] = (),
    options: type[Options] = Options,
    uses: Service | None = None,
    prepare: Prepare | None = None,
    failure: Pattern | None = None,
    imports: tuple[str, ...] = (),
) -> Callable[[F], F]:
    """Register a function `(case, answer, context) -> float | MetricValue` as a metric; its docstring defines it.

    The function is called for answers only: errors never reach it. Registering the same function again is harmless.
    Raises MetricError (GF-EVAL-152, GF-EVAL-165) for a name that is taken or isn't one.
    """
    if not _NAME.fullmatch(name):
        raise MetricError(
            METRIC_NAME_INVALID,
            f"{name!r} is no name of a metric: use at most 63 lower-case letters, digits and hyphens",
        )

    def register(function: F) -> F:
        taken = _registered.get(name)
        if name in OTHER_STEPS or (taken and taken.function.__module__ != function.__module__):
            owner = taken.function.__module__ if taken else "another step of the pipeline"
            raise MetricError(
                METRIC_TWICE,
                f"metric {name!r} of {function.__module__} is a metric of {owner} already: give it another name",
            )
        wanted = (needs,) if isinstance(needs, str) else needs
        _registered[name] = Metric(name, kind, wanted, function, options, uses, prepare, failure, imports)
        return function

    return register


def known() -> Mapping[str, Metric]:
    """All metrics by name, ours first."""
    plugin_errors()
    return _registered


def find(name: str) -> Metric:
    """A metric. Raises MetricError (GF-EVAL-150) naming the known ones."""
    found = known().get(name)
    if found is None:
        broken = "".join(f"; {error}" for error in plugin_errors())
        raise MetricError(
            METRIC_UNKNOWN,
            f"metric {name!r} is unknown: use one of {', '.join(sorted([*known(), *OTHER_STEPS]))}, or add its "
            f"plug-in's layer{broken}",
        )
    return found


def kind_of(name: str) -> Kind:
    """Kind of a registered metric, or of another step's. Raises MetricError (GF-EVAL-150)."""
    return OTHER_STEPS.get(name) or find(name).kind


@cache
def plugin_errors() -> tuple[MetricError, ...]:
    """Import all metrics, once for each process. Gives the plug-ins that couldn't be imported, each with its reason."""
    for module in _BUILT_IN:
        importlib.import_module(f"{__package__}.{module}")
    return tuple(_load_plugins())


def _load_plugins() -> list[MetricError]:
    try:
        package = importlib.import_module(PLUGINS)
    except ModuleNotFoundError as error:
        if error.name == PLUGINS:
            return []
        return [_broken(PLUGINS, error)]
    errors = []
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        name = f"{PLUGINS}.{found.name}"
        before = dict(_registered)
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 whatever an LOB's module raises must not cost the other metrics
            _registered.clear()
            _registered.update(before)
            errors.append(_broken(name, error))
    return errors


def _broken(module: str, error: Exception) -> MetricError:
    return MetricError(
        PLUGIN_BROKEN,
        f"plug-in {module} can't be imported ({type(error).__name__}: {error}): correct it and deploy its layer again",
    )
