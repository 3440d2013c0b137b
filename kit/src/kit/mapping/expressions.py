"""`expr`: a Jinja2 expression over the record, sandboxed, null-safe and exact.

Only what `_ALLOWED` lists may occur. A dot reads a field of a group and nothing else: no Python
attribute is reachable. Arithmetic is decimal and gives null where an operand is null; there is no
power, no repetition of text, no loop, no call but those of `FUNCTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, TypeAlias, cast

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import TemplateExpression
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from kit.mapping import convert
from kit.mapping.document import Spot
from kit.mapping.errors import BadValueError, MissingRowError
from kit.mapping.scope import Frame, Getter, Scope, Value, compile_path

_OPERATORS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}
_ALLOWED: Final = (
    nodes.Add, nodes.And, nodes.Call, nodes.Compare, nodes.Concat, nodes.CondExpr, nodes.Const,
    nodes.Div, nodes.Filter, nodes.FloorDiv, nodes.Getattr, nodes.List, nodes.Mod, nodes.Mul,
    nodes.Name, nodes.Neg, nodes.Not, nodes.Operand, nodes.Or, nodes.Pos, nodes.Sub, nodes.Test,
    nodes.Tuple,
)  # fmt: skip
_Function: TypeAlias = Callable[..., Any]


def _null_safe(function: _Function) -> _Function:
    return lambda value, *rest: None if value is None else function(value, *rest)


def _default(value: object, other: object) -> object:
    return other if convert.is_empty(value) else value


def _first_of(*values: object) -> object:
    return next((value for value in values if not convert.is_empty(value)), None)


def _round(value: Any, digits: int = 0) -> Decimal:  # noqa: ANN401 - any JSON value
    return _operand(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


FUNCTIONS: Final[Mapping[str, _Function]] = {
    "trim": _null_safe(lambda value: convert.to_text(value).strip() or None),
    "lower": _null_safe(lambda value: convert.to_text(value).lower()),
    "upper": _null_safe(lambda value: convert.to_text(value).upper()),
    "text": _null_safe(convert.to_text),
    "number": _null_safe(convert.to_number),
    "round": _null_safe(_round),
    "length": lambda value: 0 if value is None else len(value),
    "starts_with": _null_safe(lambda value, start: convert.to_text(value).startswith(start)),
    "replace": _null_safe(lambda value, find, new: convert.to_text(value).replace(find, new)),
    "default": _default,
    "first_of": _first_of,
}
"""What an expression may call: as `first_of(A, B)` or as `A | lower`."""

_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "none": lambda value: value is None,
    "empty": convert.is_empty,
}


def _compared(left: Any, operator: str, right: Any) -> bool:  # noqa: ANN401 - any JSON value
    if operator.removeprefix("not") == "in":
        return (left in (right or ())) is (operator == "in")
    left, right = _exact(left), _exact(right)
    if operator in {"eq", "ne"}:
        return (left == right) is (operator == "eq")
    if left is None or right is None:
        return False
    order = {"lt": left < right, "lteq": left <= right, "gt": left > right, "gteq": left >= right}
    return bool(order[operator])


def _exact(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return convert.to_number(value) if isinstance(value, float) else value


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox: fields of groups, decimal arithmetic, our functions; nothing else."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%"])
    intercepted_unops = frozenset(["-", "+"])

    def __init__(self) -> None:
        super().__init__(autoescape=False)
        internal = {"_compared": _compared, "_joined": _joined}
        self.filters = dict(FUNCTIONS) | internal
        self.tests = dict(_TESTS)
        self.globals = {}

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - any JSON value
        """Read a field of a group; what is no group has none."""
        return obj.get(attribute) if isinstance(obj, dict) else None

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401, ARG002 - given by Jinja
        """Allow no call at all: those of our functions were rewritten to filters."""
        return False

    def call_binop(
        self,
        context: Context,  # noqa: ARG002 - given by Jinja
        operator: str,
        left: Any,  # noqa: ANN401 - any JSON value
        right: Any,  # noqa: ANN401 - any JSON value
    ) -> Any:  # noqa: ANN401 - any JSON value
        """Calculate with exact decimals; null gives null."""
        if left is None or right is None:
            return None
        try:
            return self.binop_table[operator](_operand(left), _operand(right))
        except ArithmeticError:
            raise BadValueError(f"`{operator}` cannot be calculated with these numbers") from None

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ANN401, ARG002 - given by Jinja
        """Change the sign of an exact decimal; null gives null."""
        return None if arg is None else self.unop_table[operator](_operand(arg))


def _operand(value: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    """Return a decimal; one that was calculated may be longer than what can be sent."""
    return value if isinstance(value, Decimal) else convert.to_number(value)


def _joined(value: object) -> str:
    return "" if value is None else convert.to_text(value)


class _Rewriter(NodeTransformer):
    """Makes `~` and comparisons null-safe and exact, and a call the filter of that name."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        first, *rest = node.args
        return _filter(first, cast("nodes.Name", node.node).name, *rest)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        node.nodes = [_filter(child, "_joined") for child in node.nodes]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - Jinja's naming
        self.generic_visit(node)
        (operand,) = node.ops
        return _filter(node.expr, "_compared", nodes.Const(operand.op), operand.expr)


def _filter(value: nodes.Expr, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)


_ENVIRONMENT: Final = _Environment()


def compile_expression(spot: Spot, frame: Frame) -> Value:
    """Compile an expression.

    Raises:
        CatalogError: It is no expression, or uses a name or a construct that it may not use.
    """
    tree = _parse(spot)
    for node in _walk(tree):
        _lint(node, spot)
    names = _names(tree, frame, spot)
    _Rewriter().visit(template := nodes.Template([_assign(tree)], lineno=1))
    template.set_environment(_ENVIRONMENT)
    evaluate = TemplateExpression(_ENVIRONMENT.from_string(template), undefined_to_none=True)
    return Value(_guarded(evaluate, names), spot)


def _parse(spot: Spot) -> nodes.Expr:
    try:
        parser = Parser(_ENVIRONMENT, spot.text(), state="variable")
        tree = parser.parse_expression()
    except TemplateSyntaxError as error:
        raise spot.fail(f"this is no expression: {error.message}") from None
    if not parser.stream.eos:
        raise spot.fail("this is no expression: something follows the end of it")
    return tree


def _assign(tree: nodes.Expr) -> nodes.Assign:
    return nodes.Assign(nodes.Name("result", "store", lineno=1), tree, lineno=1)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _lint(node: nodes.Node, spot: Spot) -> None:
    if not isinstance(node, _ALLOWED):
        raise spot.fail(f"`{type(node).__name__.lower()}` is not allowed in an expression")
    name = str(getattr(node, "attr", None) or getattr(node, "name", None) or "")
    if isinstance(node, nodes.Getattr | nodes.Name) and name.startswith("_"):
        raise spot.fail(f"`{name}`: a name that starts with `_` is not allowed")
    if isinstance(node, nodes.Compare) and len(node.ops) > 1:
        raise spot.fail("a comparison has two sides; join two of them with `and`")
    if isinstance(node, nodes.Mul) and _is_text(node.left, node.right):
        raise spot.fail("`*` is for numbers")
    _lint_call(node, spot)


def _is_text(*operands: nodes.Expr) -> bool:
    return any(isinstance(each, nodes.Const) and isinstance(each.value, str) for each in operands)


def _lint_call(node: nodes.Node, spot: Spot) -> None:
    known = ", ".join(FUNCTIONS)
    if isinstance(node, nodes.Call):
        name = node.node.name if isinstance(node.node, nodes.Name) else "this"
        if name not in FUNCTIONS:
            raise spot.fail(f"`{name}` cannot be called (known: {known})")
        if not node.args and not node.dyn_args:
            raise spot.fail(f"`{name}` needs a value")
    if isinstance(node, nodes.Filter) and node.name not in FUNCTIONS:
        raise spot.fail(f"unknown function `{node.name}` (known: {known})")
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise spot.fail(f"unknown test `is {node.name}` (known: {', '.join(_TESTS)})")
    if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (
        node.kwargs or node.dyn_args or node.dyn_kwargs
    ):
        raise spot.fail("a function takes its arguments by place")


def _names(tree: nodes.Expr, frame: Frame, spot: Spot) -> dict[str, Getter]:
    """Find what each name stands for; the paths below it are noted for the schema check."""
    called = {id(node.node) for node in _walk(tree) if isinstance(node, nodes.Call)}
    inner = {id(node.node) for node in _walk(tree) if isinstance(node, nodes.Getattr)}
    names: dict[str, Getter] = {}
    for node in _walk(tree):
        dotted = None if id(node) in called | inner else _dotted(node)
        if dotted is not None:
            compile_path(_prefixed(dotted, frame), frame, spot)  # notes the path, or refuses it
            head = dotted.split(".", 1)[0]
            names[head] = _head(head, frame, spot)
    return names


def _head(head: str, frame: Frame, spot: Spot) -> Getter:
    quiet = Frame(None, frame.variables, frame.usage, frame.lets, frame.parent)
    return compile_path(_prefixed(head, quiet), quiet, spot).get


def _dotted(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        left = _dotted(node.node)
        return f"{left}.{node.attr}" if left else None
    return None


def _prefixed(dotted: str, frame: Frame) -> str:
    head = dotted.split(".", 1)[0]
    is_named = head in frame.lets or head in frame.variables or (head == "parent" and frame.parent)
    return f"${dotted}" if is_named else dotted


def _guarded(evaluate: TemplateExpression, names: dict[str, Getter]) -> Getter:
    pairs = tuple(names.items())

    def get(scope: Scope) -> Any:  # noqa: ANN401 - any JSON value
        values = {name: read(scope) for name, read in pairs}
        try:
            result = evaluate(values)
        except (BadValueError, MissingRowError):
            raise
        except Exception as error:  # noqa: BLE001 - a wrong value may raise anything; it is skipped
            kind = type(error).__name__
            raise BadValueError(f"the expression does not fit these values ({kind})") from None
        return convert.to_number(result) if isinstance(result, Decimal) else result

    return get
