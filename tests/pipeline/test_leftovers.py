"""What stages that are gone have left is set aside, and nothing else."""

from pathlib import Path

from lightcnn.core.files import write_bytes, write_json
from lightcnn.core.yaml import as_yaml
from lightcnn.pipeline.leftovers import gone, set_aside

LOCK = {
    "plan": ["plan"],
    "train@kept": ["runs/kept/weights.safetensors", "reports/curves/kept"],
    "train@old": ["runs/old/weights.safetensors", "runs/old/config.json", "reports/curves/old"],
    "train@moved": ["runs/moved/weights.safetensors"],
    "distill@moved": ["runs/moved/weights.safetensors"],
    "export@old": ["exported/old"],
    "evaluate@old": ["evaluation/old.npz", "reports/metrics/old.json"],
    "latency": ["reports/latency.json"],
    "deploy@old": ["deployed/old"],
    "deploy": ["deployed/all"],
}
FOLDERS = ("plan", "reports/curves/kept", "reports/curves/old", "exported/old", "deployed/old", "deployed/all")
LEFT = {
    "runs/old/weights.safetensors",
    "runs/old/config.json",
    "reports/curves/old",
    "exported/old",
    "evaluation/old.npz",
    "reports/metrics/old.json",
}


def write(root: Path) -> None:
    """A pipeline of which `old` was taken out, while `moved` became a student; the user has stages and files of their own."""
    for path in {path for paths in LOCK.values() for path in paths}:
        write_bytes(root / path / "file" if path in FOLDERS else root / path, path.encode())
    for plan in ("train/kept", "distill/moved", "latency", "report"):
        write_json(root / f"plan/{plan}.json", {})
    write_bytes(root / "runs/notes.txt", b"mine")
    stages = {name: {"cmd": name, "outs": [{"path": path, "md5": "0"} for path in paths]} for name, paths in LOCK.items()}
    write_bytes(root / "dvc.lock", as_yaml({"schema": "2.0", "stages": stages}).encode())


def test_stages_without_a_plan_are_gone_but_for_those_of_the_user(tmp_path: Path) -> None:
    write(tmp_path)
    assert gone(LOCK, tmp_path / "plan") == {"train@old", "train@moved", "export@old", "evaluate@old"}


def files_in(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_they_left_lies_aside_whole_and_all_else_where_it_was(tmp_path: Path) -> None:
    write(tmp_path)
    before = files_in(tmp_path)
    assert {path.as_posix() for path in set_aside(tmp_path, tmp_path / "plan")} == LEFT
    after = files_in(tmp_path)
    assert {path.removeprefix(".lightcnn/leftovers/"): content for path, content in after.items()} == before
    moved = {path for path in before if any(path == left or path.startswith(f"{left}/") for left in LEFT)}
    assert {path for path in after if path.startswith(".lightcnn/")} == {f".lightcnn/leftovers/{path}" for path in moved}
    assert not (tmp_path / "runs/old").exists()
    assert set_aside(tmp_path, tmp_path / "plan") == []


def test_a_second_time_takes_the_place_of_the_first(tmp_path: Path) -> None:
    for _ in range(2):
        write(tmp_path)
        assert {path.as_posix() for path in set_aside(tmp_path, tmp_path / "plan")} == LEFT


def test_without_a_lock_there_is_nothing_to_set_aside(tmp_path: Path) -> None:
    assert set_aside(tmp_path, tmp_path / "plan") == []
