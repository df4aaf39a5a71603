"""Hash the code that stages import; in a project outside the checkout, plan depends on these hashes."""

from pathlib import Path

from lightcnn.core.command import run
from lightcnn.core.files import write_json
from lightcnn.pipeline.fingerprints import hashes_of, read_sources


def main(*, out: Path) -> None:
    """Write OUT: of each file of the installed package its hash, which comments and formatting leave alone."""
    write_json(out, hashes_of(read_sources()))


if __name__ == "__main__":
    run(main)
