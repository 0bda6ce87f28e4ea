"""Every command of every page exists: make targets, `foundation` sub-commands with their options, cdk, aws."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from typer.core import TyperGroup
from typer.main import get_command

from foundation.cli import application
from tests.docs.pages import CHECKOUT, Page, commands, pages
from tests.synth.app import CDK

EACH_PAGE = pytest.mark.parametrize("each", pages(), ids=lambda each: each.path)
TOOLS = ("make", "foundation", "cdk", "aws")
# Options that the AWS CLI adds to every operation, and to `lambda invoke`.
AWS_OPTIONS = {"query", "output", "region", "profile", "cli-binary-format"}


def calls(each: Page) -> Iterator[list[str]]:
    """Words of every command line that starts with one of the tools, in shell blocks and in code spans."""
    lines = [line for block in each.blocks if block.language == "sh" for line in commands(block)]
    lines += [span for span in each.spans() if " " in span or span in TOOLS]
    for line in lines:
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        while words and re.fullmatch(r"npx|[A-Z_]+=\S*|source|\S*/activate|&&", words[0]):
            words = words[1:]
        if words and (tool := words[0].rsplit("/", 1)[-1]) in TOOLS:
            yield [tool, *words[1:]]


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@cache
def cdk_commands() -> set[str]:
    said = subprocess.run([str(CDK), "--help"], capture_output=True, text=True, check=True).stdout
    return {name for names in re.findall(r"^\s+cdk(?:\.js)? (\w[\w-]*(?:\|\w+)*)|\[aliases: (\w+)\]", said, re.MULTILINE)
            for each in names for name in each.split("|") if name}  # fmt: skip


@cache
def foundation() -> TyperGroup:
    command = get_command(application(None))
    assert isinstance(command, TyperGroup)
    return command


@EACH_PAGE
def test_commands_exist(each: Page) -> None:
    checks = {"make": check_make, "foundation": check_foundation, "cdk": check_cdk, "aws": check_aws}
    for tool, *words in calls(each):
        fault = checks[tool](words)
        assert not fault, f"{each.path}: {tool} {shlex.join(words)}: {fault}"


def check_make(words: list[str]) -> str:
    unknown = [word for word in words if re.fullmatch(r"[a-z]+", word) and word not in make_targets()]
    return f"no target {unknown}" if unknown else ""


def check_foundation(words: list[str]) -> str:
    command: Any = foundation()
    while words and isinstance(command, TyperGroup) and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    if words and isinstance(command, TyperGroup) and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        return f"no sub-command {words[0]!r}"
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    if unknown or isinstance(command, TyperGroup):
        return f"no option {unknown}" if unknown else ""
    _, rest, _ = command.make_parser(command.context_class(command)).parse_args(words)
    many = any(parameter.nargs != 1 for parameter in command.params if parameter.param_type_name == "argument")
    most = sum(parameter.param_type_name == "argument" for parameter in command.params)
    optional = any(word.startswith("[") for word in rest)  # a page says what may be given
    return f"takes no {rest[most:]}" if len(rest) > most and not many and not optional else ""


def check_cdk(words: list[str]) -> str:
    return "" if not words or words[0].startswith("-") or words[0] in cdk_commands() else f"no command {words[0]!r}"


def check_aws(words: list[str]) -> str:
    session = botocore.session.get_session()
    service, operation, *rest = words
    if service not in session.get_available_services():
        return f"no service {service!r}"
    model = session.get_service_model(service)
    found = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in found:
        return f"no operation {operation!r}"
    shape = model.operation_model(found[operation]).input_shape
    known = {xform_name(name, "-") for name in (shape.members if shape else ())} | AWS_OPTIONS
    unknown = [word for word in rest if word.startswith("--") and word[2:] not in known]
    return f"no option {unknown}" if unknown else ""


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("make", ["deplyo", "ENV=dev"]),
        ("foundation", ["locl", "up"]),
        ("foundation", ["validate", "--confg", "x"]),
        ("foundation", ["release", "run", "--resume", "EXECUTION"]),
        ("cdk", ["deplyo"]),
        ("aws", ["bedrock", "list-inference-profile"]),
        ("aws", ["lambda", "invoke", "--functon-name", "x"]),
    ],
)
def test_fails_on_a_command_that_does_not_exist(tool: str, words: list[str]) -> None:
    checks = {"make": check_make, "foundation": check_foundation, "cdk": check_cdk, "aws": check_aws}
    assert checks[tool](words)
