"""The files of the templates folder that templates build on, by `extends`, `import` and `include`; none from elsewhere."""

from collections.abc import Callable
from pathlib import Path, PureWindowsPath

from jinja2 import BaseLoader, Environment, TemplateNotFound

from relance_xl.runtime.errors import Fault
from relance_xl.runtime.language import _
from relance_xl.runtime.system_faults import cause_words


class SharedFileError(Exception):
    """A file that a template builds on, and that it cannot have; `fault` says why, its `where` which, where that helps."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class FolderLoader(BaseLoader):
    """Gives templates what lies in a folder, or in folders of it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool] | None]:  # noqa: ARG002 - the library's
        """Return a file's text and path, by its name as a template writes it.

        Raises TemplateNotFound where there is none; SharedFileError where it lies elsewhere, or cannot be read.
        """
        path = self._path(template)
        try:
            # Of what is no file, a pipe, reading might never end.
            text = path.read_text(encoding="utf-8") if path.is_file() else None
        except (OSError, UnicodeDecodeError) as error:
            problem = _("cannot be read as UTF-8 text: {why}").format(why=cause_words(error))
            raise SharedFileError(Fault(problem, template)) from error
        if text is None:
            raise TemplateNotFound(template)
        return text, str(path), None

    def _path(self, name: str) -> Path:
        """Return where a file lies. Raises SharedFileError where it would lie elsewhere, also by a link."""
        # Windows knows all ways out that other systems know, and more: `\\`, `C:`.
        parts = PureWindowsPath(name)
        path = self.folder / name
        if parts.anchor or ".." in parts.parts or not _is_within(path, self.folder):
            raise SharedFileError(Fault(_("the template “{name}” is not in the templates folder").format(name=name)))
        return path


def _is_within(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, with all links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        # No name that a system takes, or links that lead in a circle.
        return False
