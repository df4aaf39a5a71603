"""The pipeline's stages: each reads its plan file and its data, calls lightcnn, and saves."""

import sys
from types import TracebackType


def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show what ended a process; of Ctrl-C in the seconds in which a stage imports, before `shell.run`, one line."""
    if kind is KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = end
