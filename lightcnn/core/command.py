"""What every command shares: arguments from a function's signature, errors as one line, exit codes, output that any terminal takes."""

import argparse
import codecs
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, get_args, get_origin

from lightcnn.core.errors import UserError

CLOSED = 128 + 13
"""What a shell says of a command that was stopped because nobody reads its output any more."""

PLAIN = str.maketrans(
    {
        **{"−": "-", "–": "-", "±": "+/-", "→": "->", "×": "x", "…": "...", "µ": "u", "\u00a0": " "},
        **{"‘": "'", "’": "'", "“": '"', "”": '"'},
    }
)
"""What stands for a sign that a terminal has not."""


def run(command: Callable[..., None], argv: list[str] | None = None, name: str | None = None) -> None:
    """Call `command` with arguments from the command line, and leave with its exit code.

    Parameters without a default are positional (a `list[...]` takes one or more), or options that must be given where they are
    keyword-only; those with a default are options (a `bool` takes no value), or may be left out where they are positional-only;
    the docstring is the help. Exit codes: 0 done,
    1 an error (one line on standard error), 2 wrong arguments, 130 interrupted, 141 nobody reads what it
    prints any more.
    """
    name = name or f"python -m {_module_of(command)}"
    finish(lambda: _call(command, vars(parser_of(command, name).parse_args(argv))), name)


def _call(command: Callable[..., None], arguments: dict[str, Any]) -> None:
    parameters = inspect.signature(command).parameters.values()
    positional = [arguments.pop(parameter.name) for parameter in parameters if parameter.kind is parameter.POSITIONAL_ONLY]
    command(*positional, **arguments)


def finish(work: Callable[[], object], name: str) -> None:
    """Do some work, and leave with its exit code where it is not 0; `name` is what errors begin with."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="lightcnn.plain")
    try:
        _carry_out(work)
    except UserError as problem:
        sys.exit(f"{name}: {problem}")
    except BrokenPipeError:
        sys.exit(CLOSED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = os.strerror(error.errno) if error.errno else error
        sys.exit(f"{name}: {place}{reason}; put that right and run it again (nothing half-written was kept)")
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(130)


def _carry_out(work: Callable[[], object]) -> None:
    """Do some work and print all of it."""
    try:
        work()
    except BaseException:
        with suppress(OSError):
            _flush()
        raise
    _flush()


def _flush() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python fails at it again when it ends
        raise


def plainly(error: UnicodeError) -> tuple[str, int]:
    """In the place of signs that an encoding has not: what looks like them in ASCII, or their numbers."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error("lightcnn.plain", plainly)


def parser_of(command: Callable[..., Any], name: str) -> argparse.ArgumentParser:
    """The command line that a function's signature and docstring describe."""
    parser = argparse.ArgumentParser(name, description=inspect.getdoc(command), formatter_class=argparse.RawDescriptionHelpFormatter)
    for parameter in inspect.signature(command).parameters.values():
        option = f"--{parameter.name.replace('_', '-')}"
        if parameter.annotation is bool:
            parser.add_argument(option, action="store_true")
        elif parameter.kind is parameter.POSITIONAL_ONLY and parameter.default is not parameter.empty:
            parser.add_argument(
                parameter.name, type=parameter.annotation, default=parameter.default, nargs="?", help="default: %(default)s"
            )
        elif parameter.default is not parameter.empty:
            parser.add_argument(option, type=parameter.annotation, default=parameter.default, help="default: %(default)s")
        elif parameter.kind is parameter.KEYWORD_ONLY:
            parser.add_argument(option, type=parameter.annotation, required=True)
        elif get_origin(parameter.annotation) is list:
            parser.add_argument(parameter.name, type=get_args(parameter.annotation)[0], nargs="+")
        else:
            parser.add_argument(parameter.name, type=parameter.annotation)
    return parser


def _module_of(command: Callable[..., Any]) -> str:
    """The dotted name of a command's module, also of one that runs as `__main__`."""
    spec = sys.modules[command.__module__].__spec__
    return spec.name if spec else command.__module__
