"""Hyper-parameter search: train a run with one set of values after another, and learn from the scores which to try next.

id         E4
source     Akiba et al. 2019, arXiv:1907.10902 (Optuna); values drawn as in Bergstra et al. 2011 (TPE); trials given up by the median rule
           of Golovin et al. 2017 (Vizier)
differs    a trial that diverges counts as given up instead of failed, so that the sampler learns to keep away
cost       the training of one seed a trial, of a part of its epochs where the trial is given up
example    lightcnn search baseline-raw --trials 30 --epochs 3
conflicts  nothing
"""

import hashlib
import io
import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple, Self

from lightcnn.core import plotting  # noqa: F401 - ahead of Matplotlib, so that it can say what is wrong with MPLBACKEND

# isort: split
import optuna
from matplotlib import pyplot
from matplotlib.ticker import PercentFormatter
from optuna.storages import JournalStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from optuna.visualization import matplotlib as charts

from lightcnn.artifacts.curves import write_curve
from lightcnn.artifacts.prepared import Meta
from lightcnn.core.board import Board
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.pool import Task, carried_out
from lightcnn.core.runtime import Runtime, read_runtime
from lightcnn.core.tables import write_table
from lightcnn.pipeline.fingerprints import read_sources
from lightcnn.pipeline.plan import plan_files
from lightcnn.profiling.cost import count_parameters
from lightcnn.search.journal import Journal
from lightcnn.search.space import Axis, Range, SearchedRun, Values
from lightcnn.training import runner
from lightcnn.training.device import setup_determinism
from lightcnn.training.loop import Learner, TrainingData

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SHOWN = 5
TARGET = "validation top-1"
BARREN = 200
"""Networks over the budget, one after another from the start, until the search gives up."""


class Search(NamedTuple):
    """A search, begun or to go on: what is tried, on which data, and the study that the trials are kept in.

    `budget` is how many parameters a network may have; None where the space leaves the architecture alone.
    """

    base: SearchedRun
    space: dict[str, Axis]
    runtime: Runtime
    data: TrainingData
    meta: Meta
    folder: Path
    study: Study
    budget: int | None

    @classmethod
    def of(cls, base: SearchedRun, space: dict[str, Axis], prepared: Path, storage: Path, budget: int | None = None) -> Self:
        """The search under `storage` that belongs to exactly these settings, code and data.

        Args:
            base: the run that is searched.
            space: what is tried of which of its keys.
            prepared: the folder of the prepared data.
            storage: the folder that searches are kept in.
            budget: parameters that a network may have; None for those of params.yaml.

        Raises:
            UserError: where the data is missing or of other settings, or the study is damaged.
        """
        params = base.with_values({})
        runtime, wanted = read_runtime(base.path), params.data
        budget = (budget or params.budget) if any(key.partition(".")[0] == "architecture" for key in space) else None
        data, meta = runner.load_data(prepared, setup_determinism(runtime))
        held_out = data.valid and len(data.valid.labels)
        if (meta.name, held_out, meta.size) != (wanted.dataset.name, wanted.valid_size or held_out, wanted.image_size or meta.size):
            raise UserError(f"{prepared}: not the data that {base.path} asks for; `dvc repro prepare` makes it")
        folder = storage / f"{base.run}-{_fingerprint(base, space, meta, budget)}"
        return cls(base, space, runtime, data, meta, folder, _study(folder), budget)

    def run(self, trials: int, workers: int | None, worker: Task) -> None:
        """Try until `trials` are finished, whoever tried them, and tell what came of it; interrupted, of what there is.

        Args:
            trials: how many have to be finished in the end, those of earlier calls among them.
            workers: how many are tried side by side, in this process where it is one; None for what params.yaml says.
            worker: the command that tries in a process of its own, as `run_trials` does here.

        Raises:
            UserError: where a worker failed, or no trial finished.
        """
        if trials < 1:
            raise UserError(f"--trials {trials}: one at least")
        left = trials - len(self._trials(*FINISHED))
        print(f"{self.folder}: {trials - left} of {trials} trials are finished", flush=True)
        runtime = self.runtime if workers is None else self.runtime.model_copy(update={"workers": workers})
        side_by_side = runtime.workers_for(left, on_cuda=self.data.train.labels.device.type == "cuda")
        try:
            if side_by_side > 1:
                with Board(runtime.progress) as board:
                    ended = list(carried_out([worker] * side_by_side, side_by_side, runtime.threads, board))
                if problems := [done.problem for done in ended if done.problem]:
                    raise UserError(problems[0])
            else:
                self.run_trials(trials)
        finally:
            if self._trials(TrialState.COMPLETE):
                self._report()
        if not self._trials(TrialState.COMPLETE):
            raise UserError(f"{self.folder}: no trial finished; the last: {self._trials(*FINISHED)[-1].user_attrs.get('reason')}")

    def run_trials(self, trials: int) -> None:
        """Try in this process until `trials` are finished.

        Raises:
            UserError: where the networks of the space are all over the budget, as far as they were drawn.
        """
        while (finished := len(self._trials(*FINISHED))) < trials:
            if not finished and len(self.study.get_trials(deepcopy=False, states=FINISHED)) >= BARREN:
                raise UserError(
                    f"{BARREN} networks were drawn, and none has at most {self.budget:,} parameters; try smaller ones, or raise --budget"
                )
            self.study.optimize(self._score, n_trials=1, callbacks=[self._log_trial])

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Those of some states, without networks over the budget, which were not trained."""
        return [trial for trial in self.study.get_trials(deepcopy=False, states=states) if not self._is_over(trial)]

    def _is_over(self, trial: FrozenTrial | Trial) -> bool:
        return self.budget is not None and trial.user_attrs.get("parameters", 0) > self.budget

    def _score(self, trial: Trial) -> float:
        """Validation top-1 of the run, trained with the values that Optuna wants tried."""
        # Seeded by the trial: workers draw differently, and the same search by one worker draws the same again.
        self.study.sampler = optuna.samplers.TPESampler(seed=trial.number)
        drawn = {key: _draw(trial, key, axis) for key, axis in self.space.items()}

        def after_epoch(learner: Learner) -> None:
            write_curve(self.folder / "curves" / f"{trial.number}.tsv", learner.rows)
            trial.report(learner.rows[-1]["valid_top1"], len(learner.rows))
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            run, shape = self._run(f"{self.base.run} trial {trial.number}", _plain(drawn)), runner.shape_of(self.meta)
            if self.budget is not None:
                network = self.base.with_values(_plain(drawn)).trainings[self.base.run].architecture.build(shape)
                trial.set_user_attr("parameters", count_parameters(network))
                if self._is_over(trial):
                    raise optuna.TrialPruned
            scores = runner.train_seed(run, run.seeds[0], self.data, shape, self.runtime, after_epoch).scores
            return scores.top1 if scores else 0.0
        except UserError as problem:
            trial.set_user_attr("reason", " ".join(str(problem).split()))
            raise optuna.TrialPruned from None

    def _run(self, name: str, values: Values) -> runner.TrainingRun:
        return runner.single_network_run(name, self.base.with_values(values).trainings[self.base.run], ())

    def _log_trial(self, _: Study, trial: FrozenTrial) -> None:
        """One line on a finished trial."""
        if self._is_over(trial):
            return
        reason = trial.user_attrs.get("reason")
        if trial.state is TrialState.PRUNED:
            result = f"given up: {reason or f'behind the others in epoch {trial.last_step}'}"
        else:
            result = f"valid {trial.value:.2%}"
        values = ", ".join(f"{key} {_short(value)}" for key, value in trial.params.items())
        print(f"trial {trial.number} ({values}): {result}", flush=True)

    def _report(self) -> None:
        """What came of all trials so far, printed and drawn."""
        ended, given_up = self._trials(TrialState.COMPLETE), self._trials(TrialState.PRUNED)
        best = sorted(ended, key=lambda trial: trial.value or 0.0, reverse=True)[:SHOWN]
        print(f"\n{len(ended)} trials finished, {len(given_up)} were given up; the best:\n")
        extra = [] if self.budget is None else ["parameters"]
        rows = [
            [
                str(trial.number),
                f"{trial.value:.2%}",
                *(f"{trial.user_attrs[name]:,}" for name in extra),
                *(_short(trial.params[key]) for key in self.space),
            ]
            for trial in best
        ]
        print(_table([["trial", "valid", *extra, *self.space], *rows]))
        print(f"\nThe winner again, as an experiment:\n\n{self.base.command(_plain(best[0].params))}\n")
        finished = [
            {"trial": trial.number, "state": trial.state.name.lower(), "valid_top1": trial.value, **trial.user_attrs, **trial.params}
            for trial in self._trials(*FINISHED)
        ]
        write_table(self.folder / "trials.tsv", ["trial", "state", "valid_top1", *extra, "reason", *self.space], finished)
        for name, content in self._charts().items():
            write_bytes(self.folder / name, content)
            print(self.folder / name)

    def _charts(self) -> dict[str, bytes]:
        """File name to picture: the history, and the importance of keys where there are scores and keys to compare."""
        keys = [key for key, axis in self.space.items() if isinstance(axis, Range) or len(axis) > 1]
        pyplot.switch_backend("agg")
        with pyplot.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that its charts are experimental, that scores are few
            drawn = {"history.png": charts.plot_optimization_history(self.study, target_name=TARGET)}
            if len(keys) > 1 and len(self._trials(TrialState.COMPLETE)) > 1:
                drawn["importance.png"] = charts.plot_param_importances(self.study, params=keys, target_name=TARGET)
            else:
                print("importance.png: needs two keys and two finished trials")
            if self.budget is not None:
                drawn["parameters.png"] = self._by_parameters(self.budget)
            return {name: _png(axes.figure) for name, axes in drawn.items()}

    def _by_parameters(self, budget: int) -> Any:
        """Finished trials: what they score by the parameters that they cost."""
        axes = pyplot.figure(figsize=(6.4, 4)).subplots()
        ended = self._trials(TrialState.COMPLETE)
        axes.scatter([trial.user_attrs["parameters"] for trial in ended], [trial.value or 0.0 for trial in ended])
        axes.axvline(budget, linestyle="--", color="grey")
        axes.set(xlabel="parameters (dashed: the budget)", ylabel=TARGET, title=f"{self.base.run}: {len(ended)} trials")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
        return axes


def _fingerprint(base: SearchedRun, space: dict[str, Axis], meta: Meta, budget: int | None) -> str:
    """Of all that scores depend on: with anything else, trials are not to be compared."""
    plans = plan_files(base.with_values({}), read_sources())
    parts = (plans[f"train/{base.run}.json"], plans["prepare.json"], meta, space, *(() if budget is None else (budget,)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _study(folder: Path) -> Study:
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / "journal.log"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        storage = JournalStorage(Journal(journal))
        return optuna.create_study(
            storage=storage, study_name=folder.name, direction="maximize", pruner=optuna.pruners.MedianPruner(), load_if_exists=True
        )
    except (UserError, OSError):
        raise
    except Exception as error:  # whatever comes of replaying records that do not go together
        raise UserError(f"{journal}: damaged ({error!r}); delete it, and the search starts over") from None


def _draw(trial: Trial, key: str, axis: Axis) -> Any:
    if not isinstance(axis, Range):
        return trial.suggest_categorical(key, axis)
    if isinstance(axis.low, float):
        return trial.suggest_float(key, axis.low, axis.high, log=axis.log)
    return trial.suggest_int(key, axis.low, int(axis.high), log=axis.log)


def _plain(drawn: Values) -> Values:
    """Values as params.yaml has them: Optuna takes choices as text."""
    return {key: json.loads(value) if isinstance(value, str) else value for key, value in drawn.items()}


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace('"', "")


def _table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, bbox_inches="tight")
    pyplot.close(figure)
    return buffer.getvalue()
