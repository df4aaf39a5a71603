"""The pipeline's stages: each reads its plan file and its data, calls lightcnn, and saves."""

import sys
from types import TracebackType

from lightcnn.core.errors import UserError


def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show what ended a process; of Ctrl-C or an error in the seconds in which a stage imports, before `command.run`, one line."""
    if kind is KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    elif issubclass(kind, UserError):
        print(error, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = end
