"""Run dvc."""

import os
import subprocess
import sys
from pathlib import Path

from lightcnn.core.errors import UserError


def dvc(folder: Path, *arguments: str, capture: bool = False) -> str:
    """Run dvc in a folder, its stages with this Python; gives what it printed where that is captured.

    Raises:
        UserError: where it fails; what it printed says why.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command, output = [sys.executable, "-m", "dvc", *arguments], subprocess.PIPE if capture else None
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PATH": path}, stdout=output, encoding="utf-8", errors="replace"
    ) as process:
        try:
            text, _ = process.communicate()
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C has reached it as well, and it waits for its stage; subprocess.run would kill it after a moment
            raise
    if process.returncode:
        raise UserError(f"`dvc {' '.join(arguments)}` failed in {folder}; its last lines say why")
    return text or ""
