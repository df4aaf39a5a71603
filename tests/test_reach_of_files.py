"""Whose plans an edit alters: every file of lightcnn/ and stages/, against a table written by hand."""

import ast

import pytest

from lightcnn.plan import plan_files
from lightcnn.sources import fingerprint
from tests.reach import BEFORE, FILES, PARAMS, assert_altered, fits, reach_of

REACH = {
    "(lightcnn|stages)/__init__.py|lightcnn/(artefacts|config|faults|shell).py": "*",
    "lightcnn/rooms.py": "fetch prepare train/* fuse/* export/* evaluate/* figures",
    "lightcnn/data/(__init__|_settings|_raw|_cifar|cifar10).py": "fetch prepare",
    "lightcnn/data/_prepare.py": "prepare",
    "lightcnn/(recipe|batches|train|session|checkpoints|machine|progress).py": "train/* fuse/*",
    "lightcnn/(optim|schedules|losses)/__init__.py|lightcnn/optim/_groups.py": "train/* fuse/*",
    "lightcnn/losses/cross_entropy.py": "train/* fuse/*",
    "lightcnn/averaging/(__init__|ema).py|lightcnn/schedules/one_cycle.py": "train/baseline-* train/enhanced-* fuse/baseline fuse/enhanced",
    "lightcnn/augment/__init__.py": "train/*-augmented fuse/baseline fuse/enhanced",
    "lightcnn/augment/crop_flip.py": "train/baseline-augmented train/enhanced-augmented fuse/baseline fuse/enhanced",
    "lightcnn/augment/affine.py": "train/paper-augmented",
    "lightcnn/optim/adamw.py|lightcnn/schedules/cosine.py": "fuse/baseline fuse/enhanced",
    "lightcnn/optim/sgd.py": "train/baseline-* train/enhanced-* fuse/*",
    "lightcnn/optim/nadam.py|lightcnn/schedules/constant.py": "train/paper-* fuse/paper",
    "lightcnn/fuse.py": "fuse/*",
    "lightcnn/runtime.py": "train/* fuse/* latency",
    "lightcnn/(types|runs|pixels).py|lightcnn/models/__init__.py": "train/* fuse/* export/* evaluate/*",
    "lightcnn/models/paper.py": "*/paper */paper-* */baseline */baseline-*",
    "lightcnn/models/(enhanced|_block).py|lightcnn/convs/(__init__|blueprint).py": "*/enhanced */enhanced-*",
    "lightcnn/attention/(__init__|se).py|lightcnn/heads/(__init__|gap).py": "*/enhanced */enhanced-*",
    "lightcnn/fusions/(__init__|dense).py": "*/paper */baseline */enhanced",
    "lightcnn/export/(__init__|onnx|int8).py|lightcnn/(cost|fold|layers).py": "export/*",
    "lightcnn/(evaluate|gradcam).py": "evaluate/*",
    "lightcnn/metrics.py": "evaluate/* figures",
    "lightcnn/engine.py": "export/* evaluate/* latency",
    "lightcnn/latency.py": "latency",
    "lightcnn/(records|results|findings|intervals).py": "figures",
    "lightcnn/figures/(__init__|_style|_scatter|_published|_layers|_tiles).py": "figures",
    "lightcnn/figures/(stage1_training_results|stage2_progressive_unfreezing|confusion_matrix|accuracy_vs_(parameters|latency)).py": "figures",
    "lightcnn/figures/(architecture|parameter_distribution|class_accuracy|roc_curves|reliability_diagram).py": "figures",
    "lightcnn/figures/(confident_mistakes|grad_cam|tsne_features).py": "figures",
    "lightcnn/report/(__init__|_format|benchmarks|card|contents|graph|html|int8|latex|verdict).py": "report",
    "lightcnn/report/(report.html.jinja|research_report.tex.jinja|model_card.md.jinja|script.js|style.css)": "report",
    "stages/(?P<STAGE>fetch|prepare|latency|figures|report).py": "STAGE",
    "stages/(?P<STAGE>train|distill|fuse|export|evaluate).py": "STAGE/*",
    "stages/plan.py|lightcnn/(check|cli|fresh|params|plan|readme|search|sources|space|summary|techniques|together|workspace).py": "",
    "lightcnn/report/markdown.py|lightcnn/data/_mnist.py|lightcnn/mix/_mixing.py|lightcnn/regularize/_places.py": "",
    "lightcnn/augment/_operations.py": "",
    "lightcnn/(mix|resize|regularize|precision|distill|inference)/__init__.py": "",
    # Any other room: params.yaml does not name it.
    "lightcnn/[a-z]+/[a-z][a-z0-9_]*.py": "",
}


@pytest.mark.parametrize("path", sorted(FILES))
def test_an_edit_alters_the_plans_of_its_users_and_no_other(path: str) -> None:
    assert_altered(BEFORE, plan_files(PARAMS, {**FILES, path: FILES[path] + b"\nEDIT = 1\n"}), reach_of(path, REACH))


def test_every_row_is_about_a_file() -> None:
    assert [row for row in REACH if not any(fits(row, path) for path in FILES)] == []


def test_comments_docstrings_and_formatting_alter_nothing() -> None:
    others = {path: rewritten(FILES[path]) for path in FILES if path.endswith(".py")}
    assert [path for path, other in others.items() if fingerprint(path, other) != fingerprint(path, FILES[path])] == []
    assert plan_files(PARAMS, {**FILES, **others}) == BEFORE


def rewritten(code: bytes) -> bytes:
    """The same code with other docstrings, comments, quotes, brackets, line breaks and blank lines."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Expr(ast.Constant("In other words."))
    return f"# another comment\n\n{ast.unparse(tree)}\n".encode()


def test_a_new_room_alters_nothing_until_it_is_named() -> None:
    families = {path.split("/")[1] for path in FILES if path.count("/") == 2}
    assert plan_files(PARAMS, {**FILES, **{f"lightcnn/{family}/newer.py": b"import lightcnn.train" for family in families}}) == BEFORE
