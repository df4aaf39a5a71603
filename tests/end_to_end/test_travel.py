"""Results travel with git: to a clone, between commits, into a source archive; and the store holds what it should."""

import hashlib
import socket
from pathlib import Path

from lightcnn.pipeline import verify
from tests.end_to_end.pipe import RATE, Pipe

WEIGHTS = "runs/baseline-raw/weights.safetensors"
REMADE = {"plan", "fetch", "prepare"}


def bytes_of(pipe: Pipe) -> bytes:
    return (pipe.folder / WEIGHTS).read_bytes()


def digests_in(folder: Path) -> set[str]:
    return {hashlib.md5(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_a_clone_pulls_models_without_data_trains_nothing_and_can_remember_them(published: Pipe, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    clone.dvc("pull", "--allow-missing").succeeded()
    assert digests_in(clone.folder / "data") == set()
    for folder in ("runs", "exported", "models", "evaluation"):
        assert digests_in(clone.folder / folder) == digests_in(published.folder / folder)
    assert clone.dvc("repro").succeeded().ran == REMADE
    clone.dvc("commit", "--force").succeeded()
    assert clone.changed() == ""

    clone.set(RATE, 0.004)
    assert clone.dvc("repro", "train@baseline-raw").succeeded().ran == {"plan", "train@baseline-raw"}
    assert bytes_of(clone) != bytes_of(published)
    clone.git("restore", "params.yaml").succeeded()
    assert clone.dvc("repro").succeeded().ran == {"plan"}  # which is kept out of the run cache: it sets aside what is gone
    assert bytes_of(clone) == bytes_of(published)


def test_the_shipped_model_comes_without_a_clone(published: Pipe, tmp_path: Path) -> None:
    published.run("gto", "register", "classifier").succeeded()
    Pipe(tmp_path).dvc("artifacts", "get", str(published.folder), "classifier", "--out", "shipped").succeeded()
    first = published.params()["models"][0]
    assert {path.name for path in (tmp_path / "shipped").iterdir()} > {"README.md", "labels.json", "model.onnx"}
    assert digests_in(tmp_path / "shipped") == digests_in(published.folder / "models" / first)


def test_in_a_clone_an_earlier_commit_and_the_last_one_again_train_nothing(published: Pipe, tmp_path: Path) -> None:
    weights = {"HEAD~1": bytes_of(published)}
    published.set(RATE, 0.004)
    published.dvc("repro", "train@baseline-raw").succeeded()
    published.dvc("push").succeeded()
    weights["main"] = bytes_of(published.commit("another rate"))
    clone = published.clone(tmp_path / "clone")
    for commit, wanted in weights.items():
        clone.git("checkout", "-q", commit).succeeded()
        clone.dvc("pull", "--allow-missing").succeeded()
        assert clone.dvc("repro", "train@baseline-raw").succeeded().ran <= REMADE
        assert bytes_of(clone) == wanted
        assert clone.changed() == ""
    assert len(set(weights.values())) == 2


def test_a_source_archive_needs_no_git(published: Pipe, tmp_path: Path) -> None:
    published.git("archive", "--output", str(tmp_path / "source.tar"), "HEAD").succeeded()
    (tmp_path / "source").mkdir()
    published.run("tar", "-xf", str(tmp_path / "source.tar"), "-C", str(tmp_path / "source")).succeeded()
    source = Pipe(tmp_path / "source")
    assert "is not a git repository" in source.dvc("status").text
    source.dvc("config", "core.no_scm", "true").succeeded()
    source.dvc("pull", "--allow-missing").succeeded()
    assert source.dvc("repro").succeeded().ran == REMADE
    assert bytes_of(source) == bytes_of(published)


def test_without_data_and_network_every_way_out_is_named(tracked: Pipe) -> None:
    tracked.set("data.dataset", {"name": "cifar10"})
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = tracked.dvc("repro", http_proxy=proxy, https_proxy=proxy, no_proxy="")
    assert done.code != 0
    assert done.ran == {"plan", "fetch"}
    (told,) = (line for line in done.text.splitlines() if line.startswith("python -m stages.fetch: "))
    for way in ("get a connection and run `dvc repro` again", "set LIGHTCNN_DATA_ROOT to a folder", "`dvc pull --allow-missing`"):
        assert way in told
    assert "Traceback" not in done.text


def test_the_store_takes_what_was_trained_and_neither_data_nor_plans(published: Pipe) -> None:
    stored = digests_in(published.folder / "store")
    for folder in ("runs", "exported", "models", "evaluation"):
        assert digests_in(published.folder / folder) <= stored
    for folder in ("data", "plan"):
        remade = digests_in(published.folder / folder)
        assert remade
        assert not remade & stored


def test_a_damaged_store_file_is_not_taken_for_weights(published: Pipe, tmp_path: Path) -> None:
    clone = published.clone(tmp_path / "clone")
    damaged = clone.stored(WEIGHTS)
    damaged.write_bytes(damaged.read_bytes()[::-1])
    damaged.chmod(0o444)  # what may be written to, DVC checks without being told
    clone.dvc("pull", "--allow-missing")
    assert not (clone.folder / WEIGHTS).exists()
    assert (clone.folder / WEIGHTS).with_name("config.json").exists()


def test_git_leaves_the_bytes_of_the_store_alone(published: Pipe) -> None:
    path = published.stored(WEIGHTS).relative_to(published.folder).as_posix()
    told = published.git("check-attr", "binary", "text", "diff", "--", path).text
    assert told.splitlines() == [f"{path}: {value}" for value in ("binary: set", "text: unset", "diff: unset")]


def test_a_model_taken_out_of_params_leaves_nothing_that_a_clone_would_miss(published: Pipe, tmp_path: Path) -> None:
    published.set("claims", {})
    for models in (["baseline"], ["baseline-raw", "baseline"], ["baseline"]):
        published.set("models", models)
        done = published.dvc("repro").succeeded()
    assert not {stage for stage in done.ran if "@" in stage}
    assert not [
        path for path in published.folder.glob("[!.]*/**/baseline-raw*") if path.parts[-2] in ("exported", "evaluation", "metrics", "cost")
    ]
    published.dvc("push").succeeded()
    published.commit("one model")
    clone = published.clone(tmp_path / "clone")
    clone.dvc("pull", "--allow-missing").succeeded()
    assert clone.dvc("repro").succeeded().ran == REMADE
    assert list(verify.problems(clone.folder)) == []
