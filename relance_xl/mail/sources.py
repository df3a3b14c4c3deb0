"""A mail template and the files that it builds on, as jinja2 reads them, and how they fit together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import walk_tb

from jinja2 import Environment, TemplateError, TemplateNotFound, nodes

from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.tags.faults import unknown_names
from relance_xl.tags.shared_files import FolderLoader, SharedFileError

# By which file jinja2 calls what comes from none.
_NO_FILE = "<template>"


@dataclass(frozen=True, slots=True)
class Source:
    """A template, or a file that it builds on: where faults of it are said to be, and what is in it."""

    where: str
    parsed: nodes.Template


def read_sources(
    environment: Environment, loader: FolderLoader, text: str, where: str
) -> tuple[list[Source], list[Fault]]:
    """Return a template and all that it builds on, the template first; and what is wrong with any of them by itself.

    `where`: where faults of the template are said to be; those of the others are by their names.
    """
    sources: list[Source] = []
    faults: list[Fault] = []
    waiting, seen = [(text, where)], set[str]()
    while waiting:
        text, where = waiting.pop()
        try:
            source = Source(where, environment.parse(text))
        except (TemplateError, RecursionError) as error:
            faults.append(Fault(_("a tag cannot be understood: {why}").format(why=error), place_of(where, error)))
            continue
        sources.append(source)
        for name, optional in _built_on(source):
            if name in seen:
                continue
            seen.add(name)
            try:
                waiting.append((loader.get_source(environment, name)[0], name))
            except TemplateNotFound:
                if not optional:
                    faults.append(Fault(_("the mail template is missing"), str(loader.folder / name)))
            except SharedFileError as error:
                faults.append(replace(error.fault, where=error.fault.where or where))
    return sources, faults


def place_of(where: str, found: object) -> str:
    """Return where something is, with its line where that is known."""
    line = getattr(found, "lineno", None)
    return _("{file}, line {line}").format(file=where, line=line) if line else where


def failing_file(error: BaseException, folder: Path, where: str) -> str:
    """Return in which file of the folder, by its name, rendering failed; `where` if in the template itself."""
    failed = where
    for frame, _line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if str(file) == _NO_FILE:
            failed = where
        elif file.is_relative_to(folder):
            failed = file.relative_to(folder).as_posix()
    return failed


def names_of_others(source: Source, sources: Iterable[Source]) -> set[str]:
    """Return the names that a source may use though it does not make them where it uses them.

    They are made in the sources beside it, or outside of its blocks: whether in time, only rendering tells.
    """
    blocks = source.parsed.find(nodes.Block) is not None
    return {name for one in sources if one is not source or blocks for name in _made(one.parsed)}


def misfits(sources: Sequence[Source]) -> list[Fault]:
    """Return what of a template goes nowhere: what is outside of its blocks, and blocks that what it builds on lacks."""
    return [fault for one in sources if _extended(one) is not None for fault in _lost(one, sources)]


def _built_on(source: Source) -> Iterator[tuple[str, bool]]:
    """Yield the files that a source names as such, and whether each may be missing; others only rendering can tell."""
    for node in source.parsed.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        named = getattr(node, "template", None)
        if isinstance(named, nodes.Const) and isinstance(named.value, str):
            yield named.value, isinstance(node, nodes.Include) and node.ignore_missing


def _extended(source: Source) -> nodes.Extends | None:
    return next((node for node in source.parsed.body if isinstance(node, nodes.Extends)), None)


def _lost(source: Source, sources: Iterable[Source]) -> Iterator[Fault]:
    for node in source.parsed.body:
        if _prints(node):
            advice = _("Put it into a block: {example}").format(example="{% block after %}…{% endblock %}")
            yield Fault(_("what is outside of its blocks is left out"), place_of(source.where, node), advice)
            break
    others = [one for one in sources if one is not source]
    # Which one it extends may be worked out by the template itself.
    known = {block.name for one in others for block in one.parsed.find_all(nodes.Block)}
    if known:
        for node in source.parsed.body:
            if isinstance(node, nodes.Block):
                yield from unknown_names([node.name], known, place_of(source.where, node))


def _prints(node: nodes.Node) -> bool:
    """Whether a part of a template puts something into the mail where it stands."""
    if isinstance(node, nodes.Block | nodes.Macro | nodes.AssignBlock):
        return False
    if isinstance(node, nodes.Output):
        return any(not isinstance(one, nodes.TemplateData) or one.data.strip() for one in node.nodes)
    return isinstance(node, nodes.Include) or any(_prints(one) for one in node.iter_child_nodes())


def _made(parsed: nodes.Template) -> Iterator[str]:
    """Yield the names that a source gives a meaning to, anywhere in it."""
    for node in parsed.find_all((nodes.Name, nodes.Import, nodes.FromImport, nodes.Macro)):
        match node:
            case nodes.Name(ctx="load"):
                pass
            case nodes.Name() | nodes.Macro():
                yield node.name
            case nodes.Import():
                yield node.target
            case nodes.FromImport():
                yield from (one[1] if isinstance(one, tuple) else one for one in node.names)
