"""The command line: `lightcnn COMMAND`."""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lightcnn.core.command import command_of, finish, run
from lightcnn.core.errors import UserError

# Each command imports what it works with itself: predictions do without all that training takes.

DEMOS: dict[str, tuple[dict[str, Any], int, int]] = {
    "digits": ({"dataset": {"name": "digits"}, "image_size": 32, "valid_size": 300}, 8, 2),
    "cifar10": ({"dataset": {"name": "cifar10"}, "image_size": None, "valid_size": 5000}, 1, 1),
}


def check(params: Path = Path("params.yaml")) -> None:
    """Check params.yaml as the plan stage does, without DVC."""
    from lightcnn.pipeline.params import load_params  # torch comes with it

    found = load_params(params)
    print(f"{params}: valid ({len(found.trainings)} trainings, {len(found.fusions)} fusions, {len(found.models)} models)")


def demo(folder: Path = Path("demo"), data: str = "digits") -> None:
    """Run the pipeline in FOLDER with little training: all of it on scikit-learn's digits (no download), the baseline on cifar10."""
    from lightcnn.core.yaml import read_yaml
    from lightcnn.pipeline.dvc import dvc
    from lightcnn.pipeline.fingerprints import CODE
    from lightcnn.pipeline.project import create
    from lightcnn.pipeline.subset import only, shortened

    if data not in DEMOS:
        raise UserError(f"--data {data}: there is no such demo (there are: {', '.join(DEMOS)})")
    if not (CODE / "params.yaml").exists():
        raise UserError(f"{CODE}: no params.yaml here; this command needs a checkout of lightcnn")
    settings, epochs, phase_epochs = DEMOS[data]
    params = read_yaml(CODE / "params.yaml")
    if data != "digits":
        params = only(params, "baseline")
    note = f"demo on {data}: little training, to show that the pipeline works; not a result"
    create(folder, shortened(params, settings, epochs, phase_epochs, note))
    dvc(folder, "repro")
    print(f"\nDone. Open {(folder / 'reports' / 'report.html').resolve()}")


def docs(project: Path = Path(), /) -> None:
    """Write the tables of PROJECT/README.md from its results; in a checkout of lightcnn docs/techniques.md, too, from the components."""
    from lightcnn.core.files import write_bytes
    from lightcnn.pipeline.fingerprints import read_sources
    from lightcnn.pipeline.params import load_params
    from lightcnn.pipeline.plan import plan_files
    from lightcnn.pipeline.project import has_code
    from lightcnn.reporting.code_map import code_map
    from lightcnn.reporting.readme import benchmark_of, replace_section, results_of, tables_of
    from lightcnn.techniques.catalog import page

    techniques, readme = project / "docs/techniques.md", project / "README.md"
    if has_code(project):
        if techniques.exists() and b"Written by `lightcnn docs`" not in techniques.read_bytes():
            raise UserError(f"{techniques}: not written by this command, which would replace all of it; move it away")
        write_bytes(techniques, (page() + benchmark_of("smoke", project, title="\n## {}\n\n")).encode())
        print(f"{techniques}: techniques up to date")
    plan = plan_files(load_params(project / "params.yaml"), read_sources())["report.json"]
    results, text = results_of(plan["settings"], project), readme.read_text("utf-8")
    parts = {**tables_of(results, project), **({"map": code_map(project)} if has_code(project) else {})}
    for name, part in parts.items():
        if has_code(project) or f"<!-- {name} -->" in text:
            text = replace_section(text, name, part)
    write_bytes(readme, text.encode())
    print(f"{readme}: results up to date")


def verify(project: Path = Path(), /) -> None:
    """Prove that the committed results of PROJECT are those of the code: nothing to run, all weights stored, metrics reproduced.

    Of its studies those are listed whose results were made with other code or other settings than there are now: what was
    measured then stays true of that code, and so it is no error.
    """
    from lightcnn.pipeline.project import studies
    from lightcnn.pipeline.verify import outdated, problems

    for study in studies(project):
        print(f"{study}: {outdated(study)}")
    found = list(problems(project))
    if found:
        raise UserError("\n".join(["the committed results do not match the code", *found]))
    print("verify: nothing to run, every weight that ships in the store, every metric reproduced whose weights are here")


def init(
    folder: Path,
    images: str = "",
    data: str = "",
    size: int = 0,
    budget: int = 30_000,
    min_images: int = 0,
    no_flip: bool = False,
    update: bool = False,
) -> None:
    """Make FOLDER a project: a pipeline for images of your own, or for a data set that is known, ready for `dvc repro`.

    IMAGES is a folder, sorted as CLASS/ or as train/CLASS/, test/CLASS/ and valid/CLASS/, or a CSV file with the columns
    file, label and, if you like, split. Where no test or validation part is given, one is drawn. The images stay where
    they are. DATA is the name of a data set instead, as cifar10. Of each image the middle square is taken, at SIZE pixels
    a side (0: 32, or the data set's own). The network has BUDGET parameters at most. Classes with fewer than MIN_IMAGES
    images are left out (0: none may have fewer than 3). With --no-flip, no image is mirrored in training.

    With --update, show what became of a project's images, and move the fingerprint in its params.yaml; with --images,
    they lie there now.
    """
    from lightcnn.pipeline import init as work  # torch comes with it

    if update and (data or size or min_images or no_flip):
        raise UserError("--update: goes with --images alone; other settings stand in params.yaml")
    if update:
        work.update(folder, Path(images) if images else None)
    elif bool(images) == bool(data):
        raise UserError("give one of --images PATH and --data NAME")
    elif images:
        work.from_images(folder, Path(images), size, budget, min_images, not no_flip)
    else:
        work.from_published(folder, data, size, budget, not no_flip)


def info(model: Path) -> None:
    """Print the card of a model, its labels and its cost; MODEL is its folder, as models/NAME."""
    from lightcnn.prediction.commands import show_info

    show_info(model)


def predict(model: Path, images: list[str], top: int = 3, json: bool = False, csv: bool = False) -> None:
    """Name what a model sees in images, with probabilities.

    MODEL is its folder, as models/NAME, or one of the ONNX files in it. IMAGES are files of any format that Pillow reads, folders
    of them, and - for one on standard input. Prints the TOP classes of each in a table, or as --json, or as --csv. What cannot be
    read is named on standard error, and the exit code is 1 then.
    """
    from lightcnn.prediction.commands import show_predictions

    if json and csv:
        raise UserError("--json --csv: use only one of the two")
    show_predictions(model, images, top, "json" if json else "csv" if csv else "table")


def search(
    run: str,
    space: Path = Path("search.yaml"),
    trials: int = 30,
    epochs: int = 0,
    storage: Path = Path(".lightcnn/search"),
    prepared: Path = Path("data/prepared"),
    params: Path = Path("params.yaml"),
    budget: int | None = None,
    workers: int | None = None,
    trials_only: bool = False,
) -> None:
    """Search the settings of the training RUN that do best on validation, WORKERS trials side by side, until so many are finished.

    SPACE says which keys of the run are tried, and on what: the file search.yaml is an example. A trial trains the first
    seed of the run, for so many EPOCHS (0: those of the run), and is given up once it falls behind the others. Where SPACE has
    keys of the architecture, networks of more than BUDGET parameters (by default `budget:` of params.yaml) are drawn again
    and not trained. Prints the best trials, and the line for DVC that repeats the winner.

    Each trial is kept as it goes, in a folder of STORAGE that belongs to exactly these settings: after a kill, the same
    command goes on. Machines that see STORAGE share a search where each is given the command. The last workers may finish a few
    trials more than asked for. With --trials-only nothing is told at the end: so a worker is started.
    """
    from lightcnn.core.pool import Task
    from lightcnn.search.space import SearchedRun, read_space
    from lightcnn.search.study import Search  # torch and optuna come with it

    base = SearchedRun.of(params, run)
    if budget is not None and budget < 1:
        raise UserError(f"--budget {budget}: one parameter at least")
    found = Search.of(base, read_space(space, base, epochs), prepared, storage, budget)
    if trials_only:
        found.run_trials(trials)
        return
    places = {"space": space, "storage": storage, "prepared": prepared, "params": params} | ({"budget": budget} if budget else {})
    command = command_of(search, run=run, **places, trials=trials, epochs=epochs)[3:]
    worker = Task(f"{run} trials", (sys.executable, "-m", "lightcnn.cli", "search", *command, "--trials-only"))
    found.run(trials, workers, worker)


def train(
    runs: list[str] | None = None,
    workers: int | None = None,
    threads_per_worker: int | None = None,
    print_tasks: bool = False,
    task: str | None = None,
    seeds_to: Path | None = None,
) -> None:
    """Train every seed that is stale on all cores, of the RUNS named or of all, and leave the seeds to `dvc repro`.

    Branches come before fusions and teachers before students, each seed as soon as what it begins with is there. `dvc repro` then
    makes the results in seconds, the same as if it had trained. Interrupted or killed, the same command goes on.

    So many WORKERS train at once, each on so many THREADS_PER_WORKER: by default those of `runtime:` in params.yaml.

    For other machines that see this folder, --print-tasks prints a command for each seed that can begin now, and --task RUN:SEED
    is such a command. It leaves the seed in the folder SEEDS_TO, which `LIGHTCNN_SEEDS=SEEDS_TO dvc repro` takes them from;
    by default in .lightcnn.
    """
    from lightcnn.pipeline import train_command  # torch and DVC come with it

    where = train_command.Where(workers, threads_per_worker, seeds_to)
    if task is not None:
        train_command.train_task(task, where)
    elif print_tasks:
        train_command.print_tasks(runs or [], where)
    else:
        train_command.train_here(runs or [], where)


def compare(old: str, *, new: str = "HEAD") -> None:
    """Print, in Markdown, what results changed from revision OLD to another, and whether that is noise."""
    from lightcnn.reporting.compare import markdown, read_revision

    print(markdown(read_revision(old, Path()), read_revision(new, Path())), end="")


COMMANDS = {command.__name__: command for command in (check, compare, demo, docs, info, init, predict, search, train, verify)}


def main() -> None:
    """Run the command that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name not in COMMANDS:
        finish(partial(_usage, is_wanted=name in ("-h", "--help")), "lightcnn")
        return
    try:
        run(COMMANDS[name], sys.argv[2:], f"lightcnn {name}")
    except ModuleNotFoundError as error:
        if find_spec("torch"):
            raise
        sys.exit(f"lightcnn {name}: {error.name} is not installed; it comes with the extra `train`: pip install '.[train]' in a checkout")


def _usage(is_wanted: bool) -> None:
    lines = [f"  {command:8}{str(function.__doc__).splitlines()[0]}" for command, function in COMMANDS.items()]
    print("\n".join(["usage: lightcnn COMMAND [--help]", "", *lines]), file=sys.stdout if is_wanted else sys.stderr)
    sys.exit(0 if is_wanted else 2)


if __name__ == "__main__":
    main()
