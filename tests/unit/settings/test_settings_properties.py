"""Random damage to the shipped example: it loads or it gives coded errors; it never crashes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genai_foundation.catalog.yaml_tree import Node, read
from stacks.settings import ENVIRONMENTS, ConfigErrors, Settings, load_settings
from stacks.settings.codes import CODES

CHECKOUT = Path(__file__).resolve().parents[3]
FILES = tuple(
    sorted(
        str(path.relative_to(CHECKOUT))
        for folder in ("config", "catalog")
        for path in (CHECKOUT / folder).rglob("*")
        # Suites are read by the evaluation, not by the settings; prices are no configuration of the stacks.
        if path.suffix in (".yaml", ".lock") and "evaluations" not in path.parts and path.name != "prices.yaml"
    )
)
QUICK = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
Path_ = tuple[str | int, ...]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        ["", " ", "10.0.0.0/8", "eu-west-1", "2026-02-30", "x" * 100_000, "٣", "\u202e", "{{a}}", "🦊", "-1", "~"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def places(node: Node) -> Iterator[Path_]:
    """Every place in a tree, the root apart."""
    for _, child in node.items():
        yield child.path
        yield from places(child)


def plain(node: Node) -> Any:
    """Mutable copies of a tree's values."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.items()}
    if isinstance(node.value, tuple):
        return [plain(child) for _, child in node.items()]
    return node.value


ROOTS: dict[str, Node] = {name: root for name in FILES if (root := read(CHECKOUT / name).root) is not None}
PLACES = {name: tuple(places(root)) for name, root in ROOTS.items()}


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, str]:
    """A file's name and its text after one to three changes of its tree."""
    name = draw(st.sampled_from(FILES))
    tree = plain(ROOTS[name])
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(PLACES[name]))
        holder = tree
        try:
            for part in above:
                holder = holder[part]
            change(draw, holder, last)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change removed the place
    return name, json.dumps(tree, ensure_ascii=draw(st.booleans()))


def change(draw: st.DrawFn, holder: Any, last: Any) -> None:
    """One change: delete, replace, rename, repeat or wrap."""
    kind = draw(st.sampled_from(["delete", "replace", "rename", "repeat", "wrap"]))
    if kind == "delete":
        del holder[last]
    elif kind == "replace":
        holder[last] = draw(values)
    elif kind == "wrap":
        holder[last] = [holder[last]] if draw(st.booleans()) else {"value": holder[last]}
    elif isinstance(holder, list):
        holder.append(holder[last])
    elif kind == "rename":
        holder[draw(st.text(max_size=12) | st.just(f"{last}s"))] = holder.pop(last)
    else:
        holder[f"{last} "] = holder[last]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("damaged")
    for folder in ("config", "catalog"):
        shutil.copytree(CHECKOUT / folder, root / folder)
    return root


def outcome(root: Path, name: str, content: bytes) -> Settings | ConfigErrors:
    """What becomes of the copy with one file replaced; the file is put back."""
    (root / name).write_bytes(content)
    try:
        return load_settings(root / "config")
    except ConfigErrors as failure:
        return failure
    finally:
        (root / name).write_bytes((CHECKOUT / name).read_bytes())


def sound(root: Path, result: Settings | ConfigErrors) -> None:
    """Settings that the stacks can read, or errors that people can act on."""
    if isinstance(result, ConfigErrors):
        assert result.errors
        for error in result.errors:
            assert error.code in CODES
            assert error.file.is_relative_to(root)
            assert error.line >= 0
            assert error.message
            assert str(error).isprintable()
            assert len(str(error)) < 5000
            json.dumps(error.as_dict())
        return
    assert len({account.id for account in result.accounts}) == len(result.accounts)
    for environment in ENVIRONMENTS:
        for model in result.models_for(environment):
            for region in (result.regions.primary.name, result.regions.recovery.name):
                assert model.invocation_id(region)
                assert set(model.processing_regions(region)) <= set(result.regions.inference)
        result.prompts_for(environment)
        for case in result.use_cases_in(environment):
            assert result.catalog.guardrail(case.guardrail)
            assert all(result.catalog.prompt(each) for each in case.prompts)
            assert case.approvals.legal is not None
            assert case.approvals.risk is not None
            assert result.tags_for(case)
    for stage in ("dev", "pre-prod", "prod", "data-governance"):
        assert result.network.cidr(stage, "primary") != result.network.cidr(stage, "recovery")


@QUICK
@given(damage=damages())
def test_a_damaged_tree_loads_or_gives_coded_errors(copy: Path, damage: tuple[str, str]) -> None:
    name, text = damage
    sound(copy, outcome(copy, name, text.encode("utf-8", "surrogatepass")))


@QUICK
@given(data=st.data())
def test_damaged_bytes_load_or_give_coded_errors(copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES))
    raw = (CHECKOUT / name).read_bytes()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    inserted = data.draw(st.binary(max_size=20) | st.text("[]{}:,&*!|>'\"%@`#-? \t\n\0", max_size=12).map(str.encode))
    sound(copy, outcome(copy, name, raw[:start] + inserted + raw[end:]))


@QUICK
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_as_platform_file_give_coded_errors(copy: Path, content: bytes) -> None:
    result = outcome(copy, "config/platform.yaml", content)
    assert isinstance(result, ConfigErrors)
    sound(copy, result)


@QUICK
@given(data=st.data())
def test_a_renamed_key_is_always_found(copy: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each for each in FILES if not each.endswith(".lock")]))
    free = ("tags",)  # mappings whose keys are the organisation's own
    candidates = [place for place in PLACES[name] if isinstance(place[-1], str) and place[0] not in free]
    place = data.draw(st.sampled_from(candidates))
    tree = plain(ROOTS[name])
    holder = tree
    for part in place[:-1]:
        holder = holder[part]
    holder[f"{place[-1]}x"] = holder.pop(place[-1])
    result = outcome(copy, name, json.dumps(tree).encode())
    assert isinstance(result, ConfigErrors)
    # A model's id as a key may be another model's.
    assert {"GF-CFG-011", "GF-CFG-013", "GF-MOD-014"} & {
        error.code for error in result.errors if error.file == copy / name
    }
