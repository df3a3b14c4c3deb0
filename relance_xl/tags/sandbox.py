"""What tags of letters and mails may do: jinja2's sandbox, in which only texts and numbers print, with limits on size and steps."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sized
from decimal import Decimal
from functools import partial, wraps
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, nodes, pass_context, pass_eval_context
from jinja2.filters import do_join, make_attrgetter
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

# A letter for ten thousand invoices stays far below: rounds of loops and calls, seconds of work, characters, items.
_MOST_STEPS, _MOST_SECONDS, _MOST_TEXT, _MOST_ITEMS = 500_000, 10.0, 20_000_000, 1_000_000
# Bits of a whole number; widths, and numbers of columns or places.
_MOST_BITS, _WIDEST = 10_000, 10_000

# Code of templates, by their text and how it is to be read.
_CODES: dict[tuple[object, ...], Any] = {}
_MOST_CODES = 64

# Filters and methods that make any value a text or a number, and those that take a width or a number of places.
_CONVERTING = frozenset((
    "abs", "capitalize", "center", "e", "escape", "filesizeformat", "float", "forceescape", "format", "indent", "int",
    "lower", "pprint", "replace", "round", "safe", "string", "striptags", "title", "tojson", "trim", "truncate",
    "upper", "urlencode", "urlize", "wordcount", "wordwrap",
))  # fmt: skip
_WIDENING = frozenset((
    "batch", "center", "expandtabs", "indent", "ljust", "rjust", "round", "slice", "tojson", "truncate", "urlize",
    "wordwrap", "zfill",
))  # fmt: skip
# Widths of five digits and more, or told by another value, in what `%` and `format` take.
_WIDE = re.compile(r"%[^a-zA-Z%]*(?:\d{5}|\*)|\{[^{}]*:[^{}]*(?:\d{5}|\{)")


class UnprintableError(Exception):
    """A tag that stands for a `value` which is neither text nor number."""

    def __init__(self, value: object) -> None:
        super().__init__(type(value).__name__)
        self.value = value


class EndlessError(Exception):
    """A template that makes too much of anything, or does not come to an end."""


def _as_it_is(value: Any) -> Any:
    return value


def is_printable(value: object) -> bool:
    """Whether a value may stand in a letter as it is. Undefined ones may: printing them says which name is missing."""
    if getattr(type(value), "stands_in_text", False):
        # A picture says itself how it stands there; no template can make one.
        return True
    return isinstance(value, str | int | float | Decimal | Undefined) and not isinstance(value, bool)


def is_endless(error: BaseException | None) -> bool:
    """Whether a template failed as it went on for too long, or took too much (a range of too many numbers overflows)."""
    return isinstance(error, EndlessError | RecursionError | MemoryError | OverflowError)


class TagEnvironment(SandboxedEnvironment):
    """Renders one letter or mail at a time; `clean` is given every text that a tag stands for.

    Rendering raises UnprintableError and EndlessError beside what templates raise.
    """

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, *, clean: Callable[[Any], Any] | None = None, **options: Any) -> None:
        super().__init__(undefined=StrictUndefined, **options)
        self._clean = clean or _as_it_is
        self.finalize = _finalizing(self._clean)
        # A thousand words of Latin are of no use here, and its loops are not ours to count.
        del self.globals["lipsum"]
        filters = {**self.filters, "join": pass_eval_context(partial(self._join))}
        self.filters = {name: self._guarded(name, one) for name, one in filters.items()}
        self.begin()

    def compile(self, source: Any, *arguments: Any, **named: Any) -> Any:
        """Return a template's code: a text that is checked first, and then made letters of, is compiled once."""
        if not isinstance(source, str):
            return super().compile(source, *arguments, **named)
        options = self._clean, self.autoescape, self.trim_blocks, self.lstrip_blocks, self.keep_trailing_newline
        key = (*options, source, *arguments, *sorted(named.items()))
        if key not in _CODES:
            # Templates are few; a process that looks at ever more of them need not keep all.
            if len(_CODES) >= _MOST_CODES:
                _CODES.clear()
            _CODES[key] = super().compile(source, *arguments, **named)
        return _CODES[key]

    def begin(self) -> None:
        """Let the next letter or mail have all the steps and seconds that one may take."""
        self._steps, self._ends = 0, time.thread_time() + _MOST_SECONDS

    def step(self, value: object = None) -> None:
        """Count a round of a loop or a call, and what it is given. Raises EndlessError."""
        self._steps += 1 + (len(value) if isinstance(value, Sized) and not isinstance(value, str | Undefined) else 0)
        if self._steps > _MOST_STEPS or time.thread_time() > self._ends:
            raise EndlessError

    def text(self, value: object) -> object:
        """Return what is put together with a text. Raises UnprintableError."""
        return _bounded(_printable(value))

    def concat(self, parts: Iterable[str]) -> str:
        """Return the parts of a letter as one text. Raises EndlessError."""
        kept, size = [], 0
        for part in parts:
            size += len(part)
            if size > _MOST_TEXT:
                raise EndlessError
            kept.append(part)
        return "".join(kept)

    def call(self, context: Context, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call what a template calls, and count it."""
        if getattr(called, "__self__", None) is self:
            return called(*arguments)
        self.step()
        if getattr(called, "__name__", "") in _WIDENING:
            _refuse_wide(*arguments, *named.values())
        return _bounded(super().call(context, called, *arguments, **named))

    def _load_template(self, *arguments: Any) -> Template:
        """Return another template that one builds on, and count it: a few that include each other twice are many."""
        self.step()
        return super()._load_template(*arguments)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out what a template works out, if the outcome is of a usual size."""
        if operator == "%" and isinstance(left, str):
            _check_format(
                left, right.values() if isinstance(right, dict) else right if isinstance(right, tuple) else (right,)
            )
        elif _outgrows(operator, left, right):
            raise EndlessError
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Return a text's `format` so that only texts and numbers are put into it; None for anything else."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        @wraps(wrapped)
        def checked(*arguments: Any, **named: Any) -> str:
            _check_format(value.__self__, (*arguments, *named.values()))
            return wrapped(*arguments, **named)

        return checked

    def _generate(self, source: nodes.Template, *arguments: Any, **named: Any) -> str:
        """Let every loop count its rounds, and look at all that `~` puts together."""
        for loop in list(source.find_all(nodes.For)):
            loop.body.insert(0, nodes.ExprStmt(self._call("step", [], loop), lineno=loop.lineno))
        for joined in list(source.find_all(nodes.Concat)):
            joined.nodes = [self._call("text", [one], joined) for one in joined.nodes]
        source.set_environment(self)
        return super()._generate(source, *arguments, **named)

    def _call(self, name: str, arguments: list[nodes.Expr], where: nodes.Node) -> nodes.Call:
        attribute = nodes.EnvironmentAttribute(name, lineno=where.lineno)
        return nodes.Call(attribute, arguments, [], None, None, lineno=where.lineno)

    def _guarded(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter that makes no text of anything but texts and numbers, and nothing too large."""
        # The library gives its context, or the like, to filters that ask for it.
        first = 1 if hasattr(original, "jinja_pass_arg") else 0

        @wraps(original)
        def guarded(*arguments: Any, **named: Any) -> Any:
            given = (*arguments[first:], *named.values())
            self.step(given[0] if given else None)
            if name in _CONVERTING:
                for value in given[: None if name in {"format", "replace"} else 1]:
                    _printable(value)
            if name == "xmlattr" and given and isinstance(given[0], Mapping):
                for value in given[0].values():
                    _printable("" if value is None else value)
            if name in _WIDENING:
                _refuse_wide(*given[1:])
            if name == "format":
                _check_format(str(given[0]), given[1:])
            if name == "replace" and _replaced_size(*map(str, given[:3])) > _MOST_TEXT:
                raise EndlessError
            return _bounded(original(*arguments, **named))

        return guarded

    def _join(self, context: EvalContext, value: Any, d: str = "", attribute: str | int | None = None) -> str:
        """Put texts and numbers together, as the library's filter of that name does."""
        items = value if attribute is None else map(make_attrgetter(self, attribute), value)
        return str(do_join(context, [_printable(one) for one in items], d))


def _finalizing(clean: Callable[[Any], Any]) -> Callable[[Context, Any], Any]:
    # The library makes texts of what is constant before it asks, unless the context is wanted.
    @pass_context
    def finalize(_context: Context, value: Any) -> Any:
        return clean(_printable(value))

    return finalize


def _printable(value: Any) -> Any:
    if not is_printable(value):
        raise UnprintableError(value)
    return value


def _bounded(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        raise EndlessError
    if isinstance(value, list | tuple | dict) and len(value) > _MOST_ITEMS:
        raise EndlessError
    return value


def _refuse_wide(*values: object) -> None:
    if any(isinstance(value, int) and abs(value) > _WIDEST for value in values):
        raise EndlessError


def _check_format(text: str, values: Iterable[object]) -> None:
    """Look at what is to be put into a text with places for it."""
    for value in values:
        _printable(value)
    if _WIDE.search(text):
        raise EndlessError


def _replaced_size(text: str, old: str, new: str = "") -> int:
    return len(text) + (text.count(old) * len(new) if old else (len(text) + 1) * len(new))


def _outgrows(operator: str, left: object, right: object) -> bool:
    """Whether the outcome of `+`, `*` or `**` would be too large to work out."""
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length(), right.bit_length()
        size = {"**": bits[0] * abs(right), "*": sum(bits)}.get(operator, max(bits))
        return size > _MOST_BITS
    if operator == "*":
        amount, many = (left, right) if isinstance(left, int) else (right, left)
        return isinstance(amount, int) and isinstance(many, Sized) and len(many) * amount > _limit(many)
    if operator == "+" and isinstance(left, Sized) and isinstance(right, Sized):
        return len(left) + len(right) > _limit(left)
    return False


def _limit(value: object) -> int:
    return _MOST_TEXT if isinstance(value, str) else _MOST_ITEMS


# What a tag stands for that only rendering can tell.
_UNKNOWN = object()


def unprintable_tags(source: nodes.Template, names: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return the plain tags (`customer`, `one.number`), also where nothing leads to them, that stand for no text.

    Each with what it stands for. `names`: what tags stand for, as an example.
    """
    assigned = [one.name for one in source.find_all(nodes.Name) if one.ctx != "load"]
    known = {name: value for name, value in names.items() if name not in assigned}
    for loop in source.find_all(nodes.For):
        items, target = _value_of(loop.iter, known), loop.target
        if isinstance(items, tuple) and items and isinstance(target, nodes.Name) and assigned.count(target.name) == 1:
            known[target.name] = items[0]
    found = []
    for output in source.find_all(nodes.Output):
        for tag in output.nodes:
            value = _value_of(tag, known)
            if value is not _UNKNOWN and not is_printable(value):
                found.append((_text_of(tag), value))
    return found


def _value_of(tag: nodes.Node, names: Mapping[str, object]) -> object:
    """Return what a name, or a part of it, stands for, if that can be told."""
    if isinstance(tag, nodes.Name):
        return names.get(tag.name, _UNKNOWN)
    if isinstance(tag, nodes.Getattr) and not tag.attr.startswith("_"):
        return getattr(_value_of(tag.node, names), tag.attr, _UNKNOWN)
    return _UNKNOWN


def _text_of(tag: nodes.Node) -> str:
    if isinstance(tag, nodes.Getattr):
        return f"{_text_of(tag.node)}.{tag.attr}"
    return tag.name if isinstance(tag, nodes.Name) else ""
