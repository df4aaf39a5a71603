"""Run git."""

import subprocess
from pathlib import Path

from lightcnn.core.errors import UserError


def git(root: Path, *arguments: str) -> str:
    """What git prints; it is UTF-8, whatever the terminal is.

    Raises:
        UserError: where git refuses, with its reason.
    """
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False)
    if done.returncode:
        raise UserError(f"`git {' '.join(arguments)}`: {' '.join(done.stderr.split()) or f'exit code {done.returncode}'}")
    return done.stdout
