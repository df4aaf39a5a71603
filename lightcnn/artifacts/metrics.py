"""reports/metrics/MODEL.json: scores of a model on the validation and test splits."""

from pydantic import Field

from lightcnn.artifacts.record import Count, Record
from lightcnn.core.config import Fraction


class Statistic(Record):
    """One number over the seeds of a run; `std` with n - 1, 0 for a single seed."""

    mean: float = Field(ge=0)
    std: float = Field(ge=0)
    n: int = Field(ge=1)


class TestScores(Record):
    """On the test split: fractions, and `nll` in nats. Of five classes or fewer there is no `top5`: it is always one.

    `macro_recall` and `macro_f1` are means over classes; files of versions before 0.2 have none.
    """

    __test__ = False

    top1: Statistic
    top5: Statistic | None = None
    macro_recall: Statistic | None = None
    macro_f1: Statistic | None = None
    nll: Statistic
    ece: Statistic
    auc: Statistic


class ValidScores(Record):
    """On the validation split, by which everything is chosen."""

    top1: Statistic
    nll: Statistic


class Images(Record):
    """How many images the scores of a split are about."""

    test: int
    valid: int = 0


class ExportedScores(Record):
    """An exported file on the test split; on how many images its answer is not torch's, and its largest difference in any logit."""

    top1: Fraction
    changed_predictions: Count
    max_abs_logit_diff: float = Field(ge=0)


class InferenceScores(Record):
    """A further way to predict, on the test split; `num_networks` is how many one prediction asks, `temperature` that of the exported seed."""

    top1: Statistic
    nll: Statistic
    ece: Statistic
    num_networks: int = Field(ge=1)
    temperature: float | None = None


class Metrics(Record):
    """reports/metrics/MODEL.json; no `valid` where the validation images were trained on."""

    images: Images
    test: TestScores
    valid: ValidScores | None = None
    onnx_fp32: ExportedScores
    onnx_int8: ExportedScores
    inference: dict[str, InferenceScores] = Field({})
    exported_seed: int
