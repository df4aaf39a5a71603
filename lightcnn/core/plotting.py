"""Matplotlib, if it can be imported: it cannot where MPLBACKEND names no backend that it knows, though no figure here goes to a screen."""

import os

from lightcnn.core.errors import UserError

try:
    import matplotlib as matplotlib
except ValueError as error:
    reason = str(error).partition(";")[0]
    raise UserError(f"MPLBACKEND={os.environ.get('MPLBACKEND')}: Matplotlib refuses to start ({reason}); unset it") from None
