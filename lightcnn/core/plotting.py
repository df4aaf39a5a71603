"""Import Matplotlib, or say in one line why it cannot be imported."""

import os

from lightcnn.core.errors import UserError

try:
    import matplotlib as matplotlib
except ValueError as error:
    reason = str(error).partition(";")[0]
    raise UserError(f"MPLBACKEND={os.environ.get('MPLBACKEND')}: Matplotlib refuses to start ({reason}); unset it") from None
