"""What every command shares: arguments from a function's signature, errors as one line, exit codes."""

import argparse
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any, get_args, get_origin

from lightcnn.core.errors import UserError


def run(command: Callable[..., None], argv: list[str] | None = None, name: str | None = None) -> None:
    """Call `command` with arguments from the command line, and leave with its exit code.

    Parameters without a default are positional (a `list[...]` takes one or more), or options that must be given where they are
    keyword-only; those with a default are options (a `bool` takes no value); the docstring is the help. Exit codes: 0 done,
    1 an error (one line on standard error), 2 wrong arguments, 130 interrupted.
    """
    name = name or f"python -m {_module_of(command)}"
    try:
        command(**vars(parser_of(command, name).parse_args(argv)))
    except UserError as problem:
        sys.exit(f"{name}: {problem}")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = os.strerror(error.errno) if error.errno else error
        sys.exit(f"{name}: {place}{reason}; put that right and run it again (nothing half-written was kept)")
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        sys.exit(130)


def parser_of(command: Callable[..., Any], name: str) -> argparse.ArgumentParser:
    """The command line that a function's signature and docstring describe."""
    parser = argparse.ArgumentParser(name, description=inspect.getdoc(command), formatter_class=argparse.RawDescriptionHelpFormatter)
    for parameter in inspect.signature(command).parameters.values():
        option = f"--{parameter.name.replace('_', '-')}"
        if parameter.annotation is bool:
            parser.add_argument(option, action="store_true")
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
