"""The stage that judges claims: what it writes, and that without claims it writes nothing."""

from pathlib import Path

import pytest

from lightcnn.artifacts.claims import Claims
from lightcnn.artifacts.record import read_record
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from stages import claims
from tests import synthetic

CLAIM = {"run": "enhanced", "control": "enhanced-raw", "metric": "seconds"}


def plan(folder: Path, **said: dict[str, str]) -> Path:
    write_json(folder / "plan.json", {"stage": "claims", "name": None, "settings": synthetic.settings(claims=said), "code": {}})
    return folder / "plan.json"


def test_the_seconds_of_a_fusion_are_with_those_of_its_branches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic.write(tmp_path)
    claims.main(plan(tmp_path, slow=CLAIM), tmp_path, tmp_path / "out.json")
    (found,) = read_record(tmp_path / "out.json", Claims).claims.values()
    own, *branches = (
        synthetic.metadata_of(synthetic.MODELS.index(name))["seconds"] for name in ("enhanced", "enhanced-raw", "enhanced-augmented")
    )
    assert found.measured == pytest.approx((own + sum(branches)) / branches[0])
    assert "slow: enhanced against enhanced-raw, seconds: opposite" in capsys.readouterr().out


def test_numbers_lie_in_mappings_without_what_is_not_there(tmp_path: Path) -> None:
    synthetic.write(tmp_path)
    claims.main(plan(tmp_path, slow=CLAIM), tmp_path, tmp_path / "out.json")
    written = read_json(tmp_path / "out.json")["claims"]["slow"]
    assert written.keys() == {"run", "control", "metric", "unit", "measured", "interval", "cost", "verdict"}
    assert all(not isinstance(value, list) for value in written.values())


def test_without_claims_nothing_is_read_and_an_empty_result_is_written(tmp_path: Path) -> None:
    claims.main(plan(tmp_path), tmp_path / "nowhere", tmp_path / "out.json")
    assert read_json(tmp_path / "out.json") == {"claims": {}}


def test_an_evaluation_without_scores_by_seed_is_named(tmp_path: Path) -> None:
    synthetic.write(tmp_path)
    (tmp_path / "evaluation/enhanced.npz").unlink()
    with pytest.raises(UserError, match=r"evaluation/enhanced\.npz"):
        claims.main(plan(tmp_path, slow=CLAIM), tmp_path, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
