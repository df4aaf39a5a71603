"""Speed of training: ours, the usual loop, and the limit without any input side.

`make bench` runs this and writes reports/benchmarks/training.json; `lightcnn docs` shows it in README.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks._measuring import Rates, device, over, spread
from benchmarks.loops import USUAL
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_json
from lightcnn.core.progress import Progress
from lightcnn.training.device import environment

CASES = ("paper", "enhanced", "resnet8")


def main(out: Path = Path("reports/benchmarks/training.json"), rounds: int = 5) -> None:
    """Time all loops on all networks in turn, ROUNDS times, each time in a new process; nothing else should run meanwhile.

    A round before tells which of the usual loop's variants is best here; only that one takes part in the others.
    """
    if rounds < 1:
        raise UserError(f"--rounds {rounds}: at least one is needed")
    with Progress("training loops", len(CASES) * (len(USUAL) + 3 * rounds), 0, "auto", "step") as shown:
        table = {case: mean_std_n(*measured(case, rounds, shown)) for case in CASES}
    write_json(out, {"machine": environment(device()), "rounds": rounds, "cases": table})
    for case, row in table.items():
        usual, limit = row["ours_over_usual"], row["ours_over_limit"]
        print(
            f"{case:10}{row['ours']['median']:8.0f} images/s; {usual['median']:.2f} x {row['usual_is']}; {limit['median']:.2f} of the limit"
        )


def measured(case: str, rounds: int, shown: Progress) -> tuple[str, Rates]:
    """The best variant of the usual loop, and the images per second of each contender, round by round."""

    def timed(loop: str) -> float:
        rate = images_per_second(case, loop)
        shown.epoch(f"{case} {loop}")
        return rate

    trial = {loop: timed(loop) for loop in USUAL}
    best = max(trial, key=lambda loop: trial[loop])
    rates: Rates = {"ours": [], "limit": [], best: []}
    for _ in range(rounds):
        for loop, found in rates.items():
            found.append(timed(loop))
    return best, rates


def images_per_second(case: str, loop: str) -> float:
    """What a fresh process measures."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.loops", case, loop], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"{case} {loop}: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


def mean_std_n(usual: str, rates: Rates) -> dict[str, Any]:
    """Median, least and most of each loop and of the ratios within a round."""
    ratios = {f"ours_over_{name}": over(rates["ours"], rates[loop]) for name, loop in (("usual", usual), ("limit", "limit"))}
    return {
        "usual_is": usual,
        **{loop: spread(found) for loop, found in rates.items()},
        **{name: spread(found) for name, found in ratios.items()},
    }


if __name__ == "__main__":
    run(main)
