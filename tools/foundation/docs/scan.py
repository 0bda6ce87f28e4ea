"""Every error code of the source with the text that goes with it, read from the syntax tree."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.checks.errors import GateError

CODE: Final = re.compile(r"GF-[A-Z][A-Z0-9]*-\d{3}")
ROOTS: Final = ("app.py", "hatch_build.py", "stacks", "constructs", "lambda", "tools")
MAKEFILE: Final = "Makefile"
ELLIPSIS: Final = "…"


@dataclass(frozen=True, order=True)
class Use:
    """One place that knows a code.

    `kind` is `declared` for a table entry code -> meaning, `raised` for a message, `named` for a mere mention.
    """

    code: str
    file: str
    kind: str
    text: str = ""

    @property
    def area(self) -> str:
        """The middle part of the code."""
        return self.code.split("-")[1]


def scan(root: Path) -> tuple[Use, ...]:
    """Every use of a code below `root`, each once, in the order of code and file.

    Raises GateError (GF-DOC-006) for a file that isn't Python.
    """
    found: set[Use] = set()
    for path in python_files(root):
        file = path.relative_to(root).as_posix()
        found |= set(_Module(file, _tree(path), _constants(root, path)).uses())
    makefile = root / MAKEFILE
    if makefile.is_file():
        found |= set(_shell(makefile.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def python_files(root: Path) -> Iterator[Path]:
    """The Python files of the product, tests and generated folders left out."""
    for name in ROOTS:
        path = root / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise GateError(
            "GF-DOC-006", f"{path} line {error.lineno} isn't valid Python ({error.msg}): correct it"
        ) from error


def _constants(root: Path, path: Path) -> Mapping[str, str]:
    """Codes that the package of `path` keeps as constants in its errors.py: name -> code."""
    errors = path.parent / "errors.py"
    if not errors.is_file() or root not in errors.parents:
        return {}
    return {
        target.id: node.value.value
        for node in _tree(errors).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name) and CODE.fullmatch(node.value.value)
    }


def _shell(text: str) -> Iterator[Use]:
    for line in text.splitlines():
        for match in re.finditer(rf"({CODE.pattern}): ([^'\"]+)", line):
            yield Use(match[1], MAKEFILE, "raised", match[2].strip())


class _Module:
    """One file's uses of codes."""

    def __init__(self, file: str, tree: ast.Module, constants: Mapping[str, str]) -> None:
        self._file = file
        self._tree = tree
        self._constants = constants
        self._texts = Texts(tree)
        self._seen: set[int] = set()

    def uses(self) -> Iterator[Use]:
        """Calls and tables first: what they hold needs no second mention."""
        self._skip_docstrings()
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Dict):
                yield from self._table(node)
            elif isinstance(node, ast.Assign):
                yield from self._constant(node)
        for node in ast.walk(self._tree):
            yield from self._literal(node)

    def _skip_docstrings(self) -> None:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                self._seen.add(id(node.value))

    def _call(self, node: ast.Call) -> Iterator[Use]:
        code = self._code(node.args[0]) if node.args else None
        if code is None:
            return
        self._seen.add(id(node.args[0]))
        messages = [message for each in node.args[1:] if (message := self._texts.read(each))]
        yield Use(code, self._file, "raised", max(messages, key=len)) if messages else Use(code, self._file, "named")

    def _code(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
            return node.value
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        return self._constants.get(name)

    def _constant(self, node: ast.Assign) -> Iterator[Use]:
        """`PAYLOAD_TOO_LARGE = "GF-RUN-002"`: the name is the meaning."""
        target, code = node.targets[0], self._code(node.value)
        if code and isinstance(target, ast.Name) and isinstance(node.value, ast.Constant):
            self._seen.add(id(node.value))
            yield Use(code, self._file, "declared", target.id.lower().replace("_", " "))

    def _table(self, node: ast.Dict) -> Iterator[Use]:
        """`{code: meaning}`, `{state: code}` and `{"code": code, "message": text}`."""
        pairs = [
            (key, value) for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
        ]
        message = next((value for key, value in pairs if key.value == "message"), None)
        for key, value in pairs:
            code = self._code(value)
            if self._code(key) and isinstance(value, ast.Constant):
                self._seen.add(id(key))
                yield Use(str(key.value), self._file, "declared", str(value.value))
            elif code and key.value == "code" and message:
                self._seen.add(id(value))
                yield Use(code, self._file, "raised", self._texts.read(message))
            elif code and isinstance(value, ast.Constant):
                self._seen.add(id(value))
                yield Use(code, self._file, "declared", str(key.value))

    def _literal(self, node: ast.AST) -> Iterator[Use]:
        if id(node) in self._seen or not isinstance(node, ast.JoinedStr | ast.Constant):
            return
        self._seen |= {id(each) for each in ast.walk(node)}
        text = self._texts.read(node)
        for code in dict.fromkeys(CODE.findall(text)):
            # `GF::CODE[…]` is the id of a finding that somebody acknowledges.
            said = "" if f"::{code}" in text else _around(code, text)
            yield Use(code, self._file, "raised", said) if said else Use(code, self._file, "named")


def _around(code: str, text: str) -> str:
    """The message that carries its code: `CODE: what`, or `what: CODE: what to do`."""
    before, _, after = text.partition(code)
    return re.sub(r"\s+", " ", f"{before.strip().rstrip(':')}: {after.strip().lstrip(':')}").strip(" :")


class Texts:
    """String expressions of one file as people read them: values become `{name}`."""

    def __init__(self, tree: ast.Module) -> None:
        self._assigned = [
            (target.id, node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        self._returned = {
            function.name: [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value]
            for function in tree.body
            if isinstance(function, ast.FunctionDef)
        }
        self._reading: set[int] = set()

    def read(self, node: ast.expr) -> str:
        """The text; empty for an expression that isn't one. A variable stands for what was assigned to it above."""
        if id(node) in self._reading:  # a function that calls itself
            return ""
        self._reading.add(id(node))
        try:
            return self._read(node)
        finally:
            self._reading.discard(id(node))

    def _read(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=str(text)):
                return text.replace("{}", f"{{{ELLIPSIS}}}")
            case ast.JoinedStr(values=values):
                return "".join(self._part(value) for value in values)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.read(left) + self.read(right)
            case ast.IfExp(body=body):
                return self.read(body)
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                return self.read(value)
            case ast.Call(func=ast.Name(id=name)):
                return max((self.read(value) for value in self._returned.get(name, ())), key=len, default="")
            case ast.Name():
                return self._variable(node)
            case _:
                return ""

    def _variable(self, node: ast.Name) -> str:
        above = [(line, value) for name, line, value in self._assigned if name == node.id and line < node.lineno]
        return self.read(max(above, key=lambda each: each[0])[1]) if above else ""

    def _part(self, node: ast.expr) -> str:
        if not isinstance(node, ast.FormattedValue):
            return self.read(node)
        text = self.read(node.value) if isinstance(node.value, ast.Name) else ""
        return text if " " in text else f"{{{_name(node.value)}}}"


def _name(node: ast.expr) -> str:
    """What a value is called: the variable, the last attribute, or what a call is made for."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").replace("_", " ").lower()
        case ast.Subscript(value=value):
            return _name(value)
        case ast.Call(args=[first, *_]) | ast.Call(func=ast.Attribute(value=first)):
            return _name(first)
        case ast.GeneratorExp(generators=[first, *_]) | ast.ListComp(generators=[first, *_]):
            return _name(first.iter)
        case ast.BoolOp(values=[first, *_]):
            return _name(first)
        case _:
            return ELLIPSIS
