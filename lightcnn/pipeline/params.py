"""params.yaml as one typed tree, checked as a whole."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from lightcnn.core.config import Name, StrictModel, errors
from lightcnn.core.errors import UserError
from lightcnn.core.registry import Component, components_in, load, slot, traits
from lightcnn.core.runtime import Runtime
from lightcnn.core.yaml import read_yaml
from lightcnn.data.settings import DataConfig
from lightcnn.evaluation.types import Predictor
from lightcnn.pipeline import feasible, held_out
from lightcnn.profiling.latency import Timing
from lightcnn.reporting.claim_settings import BY_SEED, Claim
from lightcnn.training.recipe import Distillation, Fusion, Recipe, Training

SHOWN = 40
SWAP = "to swap a component on the command line: dvc exp run -S '~KEY' -S '+KEY={name: ..., ...}'"

Problems = list[tuple[tuple[int | str, ...], str]]


def _once(components: tuple[Component[Any], ...]) -> tuple[Component[Any], ...]:
    names = [component.name for component in components]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{twice!r} is listed twice; what it makes goes by its name")
    return components


class Params(StrictModel):
    """params.yaml. `note` is shown wherever a number of this run is shown; `budget` is how many parameters a model should have, and the report
    says which is over it; `models` are the runs to export, evaluate and report."""

    runtime: Runtime = Field({}, validate_default=True)
    note: str | None = None
    budget: int = Field(30_000, ge=1)
    data: DataConfig
    trainings: dict[Name, Training] = Field(min_length=1)
    distillations: dict[Name, Distillation] = Field({})
    fusions: dict[Name, Fusion] = Field({})
    models: tuple[Name, ...] = Field(min_length=1)
    inference: Annotated[tuple[Annotated[Component[list[Predictor]], slot("inference")], ...], AfterValidator(_once)] = ()
    latency: Timing = Field({}, validate_default=True)
    claims: dict[Name, Claim] = Field({})
    figures: Annotated[tuple[Annotated[Component[Any], slot("figures")], ...], AfterValidator(_once)] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        problems = [*self._wrong_names(), *self._wrong_models(), *self._wrong_teachers(), *self._conflicts()]
        problems += [problem for name in self.fusions for problem in self._wrong_fusion(name)]
        problems += self._wrong_sizes()
        problems += [problem for name, claim in self.claims.items() for problem in self._wrong_claim(name, claim)]
        problems = problems or self._wrong_rings() or self._wrong_held_out()
        if problems:
            raise errors("params", problems)
        return self

    @property
    def networks(self) -> dict[str, Training]:
        """The runs that train one network: trainings and distillations."""
        return {**self.trainings, **self.distillations}

    @property
    def runs(self) -> dict[str, Recipe]:
        """All runs by name."""
        return {**self.networks, **self.fusions}

    @property
    def kinds(self) -> dict[str, Mapping[str, Training | Fusion]]:
        """All runs, by the key of params.yaml that they stand under."""
        return {"trainings": self.trainings, "distillations": self.distillations, "fusions": self.fusions}

    def _wrong_names(self) -> Problems:
        taken: dict[str, str] = {}
        pairs = [(kind, name) for kind, runs in self.kinds.items() for name in runs]
        return [((kind, name), f"{first} has this name too") for kind, name in pairs if (first := taken.setdefault(name, kind)) != kind]

    def _wrong_teachers(self) -> Problems:
        return [
            (("distillations", name, "teacher"), f"unknown run {student.teacher!r} (there are: {', '.join(self.runs)})")
            for name, student in self.distillations.items()
            if student.teacher not in self.runs
        ]

    def _wrong_rings(self) -> Problems:
        """Runs that wait for one another."""
        needs = {name: (student.teacher,) for name, student in self.distillations.items()}
        found = feasible.rings({**needs, **{name: fusion.branches for name, fusion in self.fusions.items()}})
        return [(("distillations", next(name for name in ring if name in self.distillations), "teacher"), _in_turn(ring)) for ring in found]

    def _wrong_claim(self, name: str, claim: Claim) -> Problems:
        problems: Problems = [
            (("claims", name, side), f"{run!r} is none of the models ({', '.join(self.models)})")
            for side, run in zip(("run", "control"), claim.sides, strict=False)
            if run not in self.models or run not in self.runs
        ]
        if problems:
            return problems
        if claim.metric in BY_SEED and not set.intersection(*(set(self.seeds_of(run)) for run in claim.sides)):
            problems.append((("claims", name), f"{' and '.join(claim.sides)} share no seed; give them one in common"))
        unvalidated = [run for run in claim.sides if claim.metric == "epochs" and self.runs[run].train_on != "train"]
        text = "has no validation scores to count epochs by (train_on: train+valid); claim another metric"
        return problems + [(("claims", name, "metric"), f"{run} {text}") for run in unvalidated]

    def seeds_of(self, run: str) -> tuple[int, ...]:
        """The seeds of a run; those of a fusion are its branches'."""
        fusion = self.fusions.get(run)
        branch = self.networks.get(fusion.branches[0] if fusion else run)
        return branch.seeds if branch else ()

    def _wrong_held_out(self) -> Problems:
        """What is asked of validation images that are trained on."""
        kind_of = {name: kind for kind, runs in self.kinds.items() for name in runs}
        problems: Problems = [((kind_of[name], name, *key), text) for name, key, text in held_out.recipe_problems(self.runs)]
        for place, component in enumerate(self.inference):
            problems += [(("inference", place), text) for text in held_out.inference_problems(component, self.runs, self.models)]
        return problems

    def _wrong_sizes(self) -> Problems:
        """What the images are too few or too small for."""
        problems: Problems = [(("data", "valid_size"), text) for text in feasible.held_out_problems(self.data)]
        for name, network in self.networks.items():
            kind = "trainings" if name in self.trainings else "distillations"
            problems += [((kind, name, key), text) for key, text in feasible.network_problems(network, self.data)]
        return problems

    def _wrong_models(self) -> Problems:
        problems: Problems = []
        for place, model in enumerate(self.models):
            if model not in self.runs:
                problems.append((("models", place), f"unknown run {model!r} (there are: {', '.join(self.runs)})"))
            elif model in self.models[:place]:
                problems.append((("models", place), f"{model!r} is listed twice"))
        for place, figure in enumerate(self.figures):
            baseline = getattr(figure.config, "baseline", None)
            if baseline is not None and baseline not in self.models:
                problems.append((("figures", place, "baseline"), f"{baseline!r} is none of the models ({', '.join(self.models)})"))
        return problems

    def _wrong_fusion(self, name: str) -> Problems:
        fusion = self.fusions[name]
        unknown = [branch for branch in fusion.branches if branch not in self.networks]
        if unknown:
            known = ", ".join(self.networks)
            return [(("fusions", name, "branches"), f"{branch!r} is not a run of one network (there are: {known})") for branch in unknown]
        if len(set(fusion.branches)) == 1:
            return [(("fusions", name, "branches"), f"{fusion.branches[0]!r} is listed twice; a fusion joins two runs")]
        first, second = (self.networks[branch] for branch in fusion.branches)
        if first.architecture != second.architecture:
            text = f"{fusion.branches[0]} and {fusion.branches[1]} are of different architectures; a fusion joins two of the same"
            return [(("fusions", name, "branches"), text)]
        if first.seeds != second.seeds:
            text = f"seeds differ ({list(first.seeds)} and {list(second.seeds)}); seed i of one is joined with seed i of the other"
            return [(("fusions", name, "branches"), text)]
        problems: Problems = [
            (("fusions", name, "phases", *place), text) for place, text in feasible.phase_problems(fusion, first.architecture)
        ]
        return problems + [
            (("fusions", name, "batch_size"), text) for text in feasible.fusion_problems(fusion, first.architecture, self.data)
        ]

    def _conflicts(self) -> Problems:
        runs: list[tuple[tuple[str, ...], tuple[Component[Any], ...]]] = [
            (("trainings" if name in self.trainings else "distillations", name), tuple(components_in(network)))
            for name, network in self.networks.items()
        ]
        for name, student in self.distillations.items():  # a teacher sees the batches of its student
            fusion = self.fusions.get(student.teacher)
            teacher = self.networks.get(fusion.branches[0] if fusion else student.teacher)
            runs.append(
                (("distillations", name, "teacher"), (*components_in(student.resize), *components_in(teacher and teacher.architecture)))
            )
        for name, fusion in self.fusions.items():
            branch = self.networks.get(fusion.branches[0])
            runs.append((("fusions", name), (*components_in(fusion), *components_in(branch and branch.architecture))))
        return [(place, text) for place, components in runs for text in _conflicts(components)]


def load_params(path: Path) -> Params:
    """Read params.yaml.

    Raises:
        UserError: with every error found, one line each; of more than can be read, the first and a count.
    """
    try:
        return Params.from_plain(read_yaml(path))
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}" for problem in error.errors()
        ]
        shown = lines[:SHOWN] + [f"... and {len(lines) - SHOWN} more"] * (len(lines) > SHOWN)
        if any("unknown key" in line for line in lines):
            shown.append(SWAP)
        raise UserError("\n".join(["params are wrong", *shown])) from None


def _in_turn(ring: tuple[str, ...]) -> str:
    return f"a ring, in which each waits for the next: {', '.join((*ring, ring[0]))}; name a teacher that is trained without it"


def _conflicts(components: Iterable[Component[Any]]) -> Iterable[str]:
    """Which of the components of a run do not go together, and why; a pair is reported once, whichever of the two knows of it."""
    named = {f"{component.family}.{component.name}": component for component in components}
    return {
        frozenset((name, other)): f"{name} does not go with {other}: {reason}"
        for name, component in named.items()
        for trait, reason in getattr(load(component.family, component.name), "CONFLICTS", {}).items()
        for other, wrong in named.items()
        if trait in traits(wrong.family, wrong.name)
    }.values()
