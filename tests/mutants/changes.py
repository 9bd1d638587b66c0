"""The small changes that can be made to a module, each by itself."""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """`old` stands on this line and `new` instead of it in `source`, which is the module with the change."""

    line: int
    kind: str
    old: str
    new: str
    source: str

    def __str__(self) -> str:
        return f"{self.line}: {self.kind}: {_short(self.old)} → {_short(self.new)}"


TURNED: dict[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
}
SWAPS: list[tuple[type[ast.operator], type[ast.operator]]] = [
    (ast.Add, ast.Sub),
    (ast.Mult, ast.FloorDiv),
    (ast.LShift, ast.RShift),
    (ast.BitAnd, ast.BitOr),
]
OPERATORS = {**dict(SWAPS), **{other: one for one, other in SWAPS}}
FOR_THE_TYPE_CHECKER = ("annotation", "returns", "type_params")


def list_mutants(source: str) -> list[Mutant]:
    """All of them, from the first line to the last."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    for place, node in _walk(tree):
        for kind, changed in _changes(node):
            _put(place, changed)
            line = getattr(node, "lineno", 0)
            found.append(Mutant(line, kind, ast.unparse(node), ast.unparse(changed), ast.unparse(tree)))
            _put(place, node)
    return sorted(found, key=lambda mutant: mutant.line)


Place = tuple[ast.AST, str, int | None]  # a node, one of its fields, and which one of a list there


def _walk(parent: ast.AST) -> Iterator[tuple[Place, ast.AST]]:
    """Every node that runs, and where it stands."""
    for field, value in ast.iter_fields(parent):
        if field in FOR_THE_TYPE_CHECKER:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                yield (parent, field, index), node
                yield from _walk(node)


def _put(place: Place, node: ast.AST) -> None:
    parent, field, index = place
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The kind of each change, and what it puts there instead."""
    match node:
        case ast.Compare(ops=[first, *others]):
            for turned in TURNED[type(first)]:
                yield "comparison turned", _with(node, ops=[turned(), *others])
        case ast.BoolOp(op=ast.And()):
            yield "and/or swapped", _with(node, op=ast.Or())
        case ast.BoolOp():
            yield "and/or swapped", _with(node, op=ast.And())
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield "operator turned", _with(node, op=OPERATORS[type(operator)]())
        case ast.Constant(value=bool(value)):
            yield "True/False swapped", ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield "number + 1", ast.Constant(value + 1)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if not isinstance(test, ast.Compare):  # which is turned
                yield "condition negated", _with(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.Expr(value=ast.Constant(value=str())):
            return  # a docstring
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Return(value=None):
            yield "statement left out", ast.Pass()


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _short(code: str, most: int = 90) -> str:
    """Its first line, which may be long enough already."""
    first, _newline, rest = code.partition("\n")
    return first[:most] + (" …" if rest or len(first) > most else "")
