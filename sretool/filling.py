"""Fills the templates of pages, ours or a team's own. What is wrong in one is one sentence, with its file and line.

They are Jinja, in a sandbox: a template formats what it is given, and does nothing else. It may include others.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from sretool import assets
from sretool.yamltext.remedies import meant

_DIRECTORY: Final = "templates"
# What Python raises where a template asks for what cannot be: 1 / 0, a sum of a text and a number, endless calls.
_BROUGHT_ABOUT: Final = (
    ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip


class BadTemplate(Exception):
    """A template cannot be filled. The message is one line: its file and line, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a template may use beside its values: filters and tests, by name. In HTML all values are escaped."""

    filters: Mapping[str, Callable[..., object]]
    tests: Mapping[str, Callable[..., bool]]
    is_html: bool = False


def filled(name: str, words: Words, values: Mapping[str, object], *, instead: Path | None) -> str:
    """The text of templates/`name`, of the directory `instead` where that has it. Raises BadTemplate, MissingAsset."""
    _path(name, instead)  # That nothing of this name is shipped is no mistake in a template.
    loader = _Loader(instead)
    try:
        return _environment(words, loader).get_template(name).render(values)
    except TemplateNotFound as error:
        raise BadTemplate(f"{loader.place(error, name)}: there is no template {error.name}") from error
    except TemplateSyntaxError as error:
        raise BadTemplate(f"{error.filename or name}:{error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise BadTemplate(f"{loader.place(error, name)}: {error.message}") from error
    except _BROUGHT_ABOUT as error:
        raise BadTemplate(f"{loader.place(error, name)}: {_told(error)}") from error


def text(name: str, *, instead: Path | None) -> str:
    """A template as it is, or what lies beside it, such as a style sheet. Raises BadTemplate, MissingAsset."""
    return _read(_path(name, instead))


class _Loader(BaseLoader):
    """Reads templates, and remembers from where, since that is how the lines of an error are known to be theirs."""

    def __init__(self, instead: Path | None) -> None:
        self._instead = instead
        self._files: set[str] = set()

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        del environment
        try:
            path = _path(template, self._instead)
        except assets.MissingAsset as error:
            raise TemplateNotFound(template) from error
        self._files.add(str(path))
        return _read(path), str(path), lambda: True

    def place(self, error: BaseException, name: str) -> str:
        """Where an error came about: the innermost line of a template."""
        frames = traceback.walk_tb(error.__traceback__)
        found = [(frame.f_code.co_filename, line) for frame, line in frames]
        lines = [f"{file}:{line}" for file, line in found if file in self._files]
        return lines[-1] if lines else name


class _Undefined(StrictUndefined):
    """Says what there is not as people say it, and what was probably meant."""

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        if self._undefined_obj is missing:
            return f"there is no {self._undefined_name}"
        kind = type(self._undefined_obj).__name__
        if not isinstance(self._undefined_name, str):
            return f"{kind} has no element {self._undefined_name!r}"
        names = [name for name in dir(self._undefined_obj) if not name.startswith("_")]
        near = meant(self._undefined_name, names)
        return f"{kind} has no {self._undefined_name}{f': write {near}' if near else ''}"


def _environment(words: Words, loader: BaseLoader) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=words.is_html,
        undefined=_Undefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(words.filters)
    environment.tests.update(words.tests)
    return environment


def _path(name: str, instead: Path | None) -> Path:
    return assets.find(f"{_DIRECTORY}/{name}", instead=instead)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadTemplate(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadTemplate(f"{path} is not UTF-8 text: byte {error.start}") from error


def _told(error: BaseException) -> str:
    """The words of Python, which has none for want of memory, and of a missing key its name alone."""
    return f"{' '.join(str(error).split())} ({type(error).__name__})".strip()
