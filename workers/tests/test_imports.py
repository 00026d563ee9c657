"""The shape of the package: nothing imports upward, nothing imports in a circle, and no file is long."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.worker_process import ROOT

LAYERS = ("thunderline.client", "thunderline.cli", "")
"""From the bottom up; the last one is everything else: the package itself and the integrations."""

Imports = Mapping[str, frozenset[str]]


def read_imports(root: Path, package: str) -> Imports:
    """The modules of a package, and what each of them imports of the package, in functions and for types too."""
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in (root / package).rglob("*.py")}
    modules = {name.removesuffix(".__init__"): path for name, path in names.items()}
    return {name: frozenset(_imports(name, path, modules)) for name, path in modules.items()}


def _imports(module: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets: list[str] = []
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            # `from package import module` names a module, `from module import name` does not.
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                targets.append(whole if whole in modules else node.module or "")
        yield from (target for target in targets if target in modules and target != module)


def circles(imports: Imports) -> list[list[str]]:
    """One circle for each module that imports itself by way of others."""
    found = []
    for start in imports:
        ways = [[start, target] for target in imports[start]]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            if way[-1] == start:
                found.append(way)
                break
            if way[-1] not in seen:
                seen.add(way[-1])
                ways += [[*way, target] for target in imports[way[-1]]]
    return found


def between_entries(imports: Imports) -> Imports:
    """The imports between the entries of each package. A subpackage counts as one entry."""
    graph: dict[str, set[str]] = {}
    for module, targets in imports.items():
        for target in targets:
            here, there = module.split("."), target.split(".")
            depth = next((at for at, pair in enumerate(zip(here, there, strict=False)) if pair[0] != pair[1]), None)
            if depth is not None:
                graph.setdefault(".".join(here[: depth + 1]), set()).add(".".join(there[: depth + 1]))
    return {entry: frozenset(graph.get(entry, ())) for entry in {*graph, *(b for bs in graph.values() for b in bs)}}


def layer_of(module: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if f"{module}.".startswith(f"{layer}." if layer else ""))


def upward(imports: Imports) -> list[str]:
    return [
        f"{module} imports {target}"
        for module, targets in imports.items()
        for target in targets
        if layer_of(target) > layer_of(module)
    ]


SPOOL_MAY_USE = {"context", "line_encoder", "losses", "notices", "options", "stats"}


@pytest.fixture(scope="module")
def imports() -> Imports:
    return read_imports(ROOT, "thunderline")


def test_no_module_imports_itself_by_way_of_others(imports: Imports) -> None:
    assert circles(imports) == []


def test_no_packages_import_each_other(imports: Imports) -> None:
    assert circles(between_entries(imports)) == []


def test_no_module_of_the_client_imports_an_integration_or_a_command(imports: Imports) -> None:
    assert upward(imports) == []


def test_the_spool_imports_only_what_it_stands_on(imports: Imports) -> None:
    outside = {
        target.removeprefix("thunderline.client.")
        for module, targets in imports.items()
        if module.startswith("thunderline.client.spool")
        for target in targets
        if not target.startswith("thunderline.client.spool")
    }
    assert outside <= SPOOL_MAY_USE


def test_finds_circles_and_imports_that_point_up(tmp_path: Path) -> None:
    for name, content in {
        "__init__": "from thunderline.client.a import A",
        "optuna": "import thunderline.client.a",
        "client/__init__": "",
        "client/a": "from thunderline.client import b",
        "client/b": "def f():\n    from thunderline.client.a import A\n    import thunderline.optuna",
    }.items():
        path = tmp_path / "thunderline" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    imports = read_imports(tmp_path, "thunderline")
    assert upward(imports) == ["thunderline.client.b imports thunderline.optuna"]
    assert sorted(circle[0] for circle in circles(imports)) == [
        "thunderline.client.a",
        "thunderline.client.b",
        "thunderline.optuna",
    ]


def test_finds_packages_that_import_each_other_although_no_modules_do() -> None:
    imports = {
        "p.one.a": frozenset({"p.two.c"}),
        "p.one.b": frozenset[str](),
        "p.two.c": frozenset[str](),
        "p.two.d": frozenset({"p.one.b"}),
    }
    assert circles(imports) == []
    assert sorted(circle[0] for circle in circles(between_entries(imports))) == ["p.one", "p.two"]


@pytest.mark.parametrize("folder", ["thunderline", "tests", "examples", "benchmarks"])
def test_no_file_has_more_than_250_lines(folder: str) -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 250} == {}
