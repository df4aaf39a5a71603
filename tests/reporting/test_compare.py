"""The summary of a pull request: two committed revisions, against scipy and by hand."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest, norm, t

from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes, write_json
from lightcnn.core.yaml import as_yaml
from lightcnn.reporting.compare import markdown, read_revision
from tests import synthetic
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT

PARAMS = {
    "note": None,
    "data": {"valid_size": 200},
    "models": list(synthetic.MODELS),
    "trainings": {"baseline-raw": {"optimizer": {"lr": 0.002}, "seeds": [0, 1]}},
}


def commit(pipe: Pipe, params: dict[str, object], **top1: dict[str, object]) -> None:
    """Commit params, and of some models another test accuracy."""
    write_bytes(pipe.folder / "params.yaml", as_yaml(params).encode())
    for name, score in top1.items():
        path = pipe.folder / f"reports/metrics/{name.replace('_', '-')}.json"
        content = read_json(path)
        content["test"]["top1"] = score
        write_json(path, content)
    pipe.commit("results")


@pytest.fixture
def repository(tmp_path: Path) -> Pipe:
    """One model of three seeds and one of a single seed, better than before by a little or by much."""
    pipe = Pipe(tmp_path)
    synthetic.write(tmp_path)
    pipe.git("init", "-q").succeeded()
    three, single = {"mean": 0.70, "std": 0.01, "n": 3}, {"mean": 0.60, "std": 0.0, "n": 1}
    commit(pipe, PARAMS, baseline=three, baseline_raw=single, enhanced=three)
    pipe.git("tag", "old").succeeded()
    (tmp_path / "reports/metrics/enhanced-raw.json").unlink()
    later = {**PARAMS, "trainings": {"baseline-raw": {"optimizer": {"lr": 0.001}, "seeds": [0]}}}
    commit(pipe, later, baseline={**three, "mean": 0.71}, baseline_raw={**single, "mean": 0.70}, enhanced={**three, "mean": 0.75})
    return pipe


def summary(pipe: Pipe) -> str:
    return markdown(read_revision("old", pipe.folder), read_revision("HEAD", pipe.folder))


def row(text: str, *begin: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {' | '.join(begin)} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def numbers(cell: str) -> list[float]:
    return [float(number.replace("−", "-")) for number in re.findall(r"[+−]?\d+\.\d+", cell)]


def test_over_seeds_the_difference_is_welchs(repository: Pipe) -> None:
    # Two means of three seeds, each with deviation 1: standard error (1/3 + 1/3)^0.5, 4 degrees of freedom.
    half = t.ppf(0.975, 4) * (2 / 3) ** 0.5
    noise, real = (row(summary(repository), name, "test") for name in ("baseline", "enhanced"))
    assert numbers(noise[4]) == pytest.approx([1, 1 - half, 1 + half], abs=0.006)
    assert numbers(real[4]) == pytest.approx([5, 5 - half, 5 + half], abs=0.006)
    assert (noise[5], real[5]) == ("noise", "**real**")
    own = t.ppf(0.975, 2) / 3**0.5
    assert numbers(noise[2]) == pytest.approx([70, 1, 70 - own, 70 + own], abs=0.006)


def test_of_a_single_seed_it_is_a_matter_of_the_test_images(repository: Pipe) -> None:
    cells = row(summary(repository), "baseline-raw", "test")
    ends = [binomtest(hits, 400).proportion_ci(method="wilson") for hits in (240, 280)]
    for cell, end in zip(cells[2:4], ends, strict=True):
        assert numbers(cell)[1:] == pytest.approx([100 * end.low, 100 * end.high], abs=0.006)
    down = ((0.7 - ends[1].low) ** 2 + (ends[0].high - 0.6) ** 2) ** 0.5
    up = ((ends[1].high - 0.7) ** 2 + (0.6 - ends[0].low) ** 2) ** 0.5
    assert numbers(cells[4]) == pytest.approx([10, 10 - 100 * down, 10 + 100 * up], abs=0.006)
    assert cells[5] == "**real**"


def test_what_did_not_change_came_or_went_is_said_to(repository: Pipe) -> None:
    text = summary(repository)
    assert row(text, "baseline", "valid")[4:] == ["0", "unchanged"]
    assert row(text, "enhanced-raw", "test")[3:] == ["–", "–", "gone"]
    back = markdown(read_revision("HEAD", repository.folder), read_revision("old", repository.folder))
    assert row(back, "enhanced-raw", "test")[4:] == ["–", "new"]


def test_the_number_of_images_is_that_of_the_results(repository: Pipe) -> None:
    """Of 418 test images 313 against 323 are right: by Newcombe's formula that is noise, and with 10,000 it would not be."""
    for revision, hits in (("few", 313), ("more", 323)):
        for split, images in (("test", 418), ("valid", 83)):
            path = repository.folder / "reports/metrics/baseline-raw.json"
            content = read_json(path)
            content["images"] = {**content["images"], split: images}
            content[split]["top1"] = {"mean": hits / 418, "std": 0.0, "n": 1}
            write_json(path, content)
        repository.commit(revision)
    text = markdown(read_revision("HEAD~1", repository.folder), read_revision("HEAD", repository.folder))
    for split, images in (("test", 418), ("valid", 83)):
        cells = row(text, "baseline-raw", split)
        ends = [wilson(share, images) for share in (313 / 418, 323 / 418)]
        down = ((323 / 418 - ends[1][0]) ** 2 + (ends[0][1] - 313 / 418) ** 2) ** 0.5
        up = ((ends[1][1] - 323 / 418) ** 2 + (313 / 418 - ends[0][0]) ** 2) ** 0.5
        assert numbers(cells[4]) == pytest.approx([1000 / 418, 1000 / 418 - 100 * down, 1000 / 418 + 100 * up], abs=0.006)
        assert cells[5] == "noise"


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval in the form of his paper: the roots of (p - share)^2 = z^2 p (1 - p) / count."""
    z = norm.ppf(0.975)
    low, high = sorted(np.roots([1 + z**2 / count, -(2 * share + z**2 / count), share**2]).real)
    return low, high


def test_models_that_params_yaml_no_longer_lists_are_gone_though_their_files_lie_there(repository: Pipe) -> None:
    left = {**PARAMS, "models": ["baseline", "enhanced"]}
    commit(repository, left)
    assert (
        set(read_revision("HEAD", repository.folder).metrics)
        == set(read_revision("HEAD", repository.folder).costs)
        == {"baseline", "enhanced"}
    )
    assert row(summary(repository), "baseline-raw", "test")[5] == "gone"


def test_keys_that_changed_are_named_with_their_values(repository: Pipe) -> None:
    text = summary(repository)
    assert row(text, "`trainings.baseline-raw.optimizer.lr`")[1:] == ["`0.002`", "`0.001`"]
    assert row(text, "`trainings.baseline-raw.seeds.1`")[1:] == ["`1`", "–"]
    assert text.count("\n| `") == 2
    head = read_revision("HEAD", repository.folder)
    assert "No key of params.yaml changed." in markdown(head, head)


def test_values_of_params_are_shown_as_they_are_and_break_no_table(repository: Pipe) -> None:
    value = "a|b `c` <b>\n<!-- d"
    commit(repository, {**PARAMS, "data": {"valid_size": value}, "note": 7})
    repository.git("branch", "one|two").succeeded()
    text = markdown(read_revision("old", repository.folder), read_revision("one|two", repository.folder))
    assert "| `data.valid_size` | `200` | `` a\\|b `c` <b> <!-- d `` |\n" in text
    assert text.startswith("## Results: old to one\\|two\n\n> 7\n")


def test_a_revision_whose_models_are_no_list_is_refused(repository: Pipe) -> None:
    commit(repository, {**PARAMS, "models": 3})
    with pytest.raises(UserError, match=r"^HEAD:params\.yaml: models: expected a list of names"):
        summary(repository)


def test_cost_and_latency_stand_once_where_they_are_the_same(repository: Pipe) -> None:
    path = repository.folder / "reports/cost/enhanced.json"
    write_json(path, {**read_json(path), "parameters": 29000})
    repository.commit("larger")
    assert row(summary(repository), "enhanced", "28,946 → 29,000")[2:] == ["122.8 kB", "0.108"]


def test_the_working_tree_plays_no_part(repository: Pipe) -> None:
    before = summary(repository)
    (repository.folder / "reports/metrics/baseline.json").write_text("broken")
    assert summary(repository) == before


def test_an_unknown_revision_and_one_without_results_are_faults(repository: Pipe, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        read_revision("nowhere", repository.folder)
    repository.git("rm", "-q", "--cached", "params.yaml").succeeded()
    repository.git("commit", "-qm", "none").succeeded()
    with pytest.raises(UserError, match=r"HEAD: no params\.yaml"):
        read_revision("HEAD", tmp_path)


def test_results_of_another_form_are_a_fault(repository: Pipe) -> None:
    write_json(repository.folder / "reports/metrics/baseline.json", {"test": 1})
    repository.commit("other")
    with pytest.raises(UserError, match="HEAD: its reports/ are of another version"):
        read_revision("HEAD", repository.folder)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("reports/metrics/baseline.json", b"{", "its reports/ are of another version"),
        ("reports/metrics/baseline.json", b"[" * 100_000, "its reports/ are of another version"),
        ("params.yaml", b"a: [", "invalid YAML"),
        ("params.yaml", b"note: \xff", "invalid YAML"),
    ],
)
def test_results_that_cannot_be_read_are_named_with_their_revision(repository: Pipe, file: str, content: bytes, reason: str) -> None:
    write_bytes(repository.folder / file, content)
    repository.commit("damaged")
    with pytest.raises(UserError, match=rf"^HEAD(:params\.yaml)?: {reason}") as caught:
        read_revision("HEAD", repository.folder)
    assert "\n" not in str(caught.value)


def test_params_are_read_as_utf_8_whatever_the_terminal_is(repository: Pipe) -> None:
    commit(repository, {**PARAMS, "note": "kürzer"})
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = repository.run(sys.executable, "-m", "lightcnn.cli", "compare", "old", PYTHONPATH=str(ROOT), **ascii_only).succeeded()
    assert "> k\\xfcrzer" in done.text
    assert "+/-" in done.text
