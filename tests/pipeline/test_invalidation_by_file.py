"""Whose plans an edit alters: every file of lightcnn/ and stages/, against a table written by hand."""

import ast

import pytest

from lightcnn.pipeline.fingerprints import fingerprint
from lightcnn.pipeline.plan import plan_files
from tests.pipeline.affected import BEFORE, FILES, PARAMS, assert_altered, fits, reach_of

REACH = {
    "(lightcnn|stages)/__init__.py|lightcnn/core/(__init__|files|config|errors|command).py": "*",
    "lightcnn/pipeline/(__init__|plan_file|fingerprints).py": "*",
    "lightcnn/artifacts/(__init__|prepared).py|lightcnn/core/arrays.py": "fetch prepare train/* fuse/* export/* evaluate/* figures claims",
    "lightcnn/artifacts/(record|curves).py": "train/* fuse/* figures claims",
    "lightcnn/artifacts/metadata.py": "train/* fuse/* claims",
    "lightcnn/artifacts/layers.py|lightcnn/core/tables.py": "export/* figures claims",
    "lightcnn/artifacts/(cost|evaluation|latency|layout|metrics).py": "figures claims",
    "lightcnn/core/yaml.py": "train/* fuse/* latency",
    "lightcnn/models/fusions/(__init__|_fused).py": "train/* fuse/* export/* evaluate/*",
    "lightcnn/data/types.py": "train/* fuse/* evaluate/*",
    "lightcnn/training/types.py": "train/* fuse/*",
    "lightcnn/evaluation/(settings|types).py": "evaluate/*",
    "lightcnn/export/settings.py": "export/*",
    "lightcnn/core/registry.py": "fetch prepare train/* fuse/* export/* evaluate/* figures claims",
    "lightcnn/data/__init__.py": "fetch prepare train/* fuse/* export/* evaluate/* figures claims",
    "lightcnn/data/sampling.py": "evaluate/* figures claims",
    "lightcnn/data/settings.py|lightcnn/data/datasets/(__init__|_official|_cifar|cifar10).py": "fetch prepare",
    "lightcnn/data/prepare.py": "prepare",
    "lightcnn/data/held_out.py": "prepare",
    "lightcnn/data/image_folder/(__init__|place).py": "fetch",
    "lightcnn/prediction/(__init__|preprocessing).py": "prepare export/*",
    "lightcnn/prediction/facts.py": "report",
    "lightcnn/prediction/(classifier|commands|listing).py": "",
    "lightcnn/training/(__init__|recipe|batches|loop|runner|runs|finished|checkpoints|device).py|lightcnn/core/(progress|pool|board).py": "train/* fuse/*",
    "lightcnn/training/(optim|schedules|losses)/__init__.py|lightcnn/training/optim/_param_groups.py": "train/* fuse/*",
    "lightcnn/training/losses/cross_entropy.py": "train/* fuse/*",
    "lightcnn/training/averaging/(__init__|ema).py|lightcnn/training/schedules/_?one_cycle.py": "train/baseline-* train/enhanced-* fuse/baseline fuse/enhanced",
    "lightcnn/data/augment/__init__.py": "train/*-augmented fuse/baseline fuse/enhanced",
    "lightcnn/data/augment/crop_flip.py": "train/baseline-augmented train/enhanced-augmented fuse/baseline fuse/enhanced",
    "lightcnn/data/augment/affine.py": "train/paper-augmented",
    "lightcnn/training/optim/adamw.py|lightcnn/training/schedules/cosine.py": "fuse/baseline fuse/enhanced",
    "lightcnn/training/optim/sgd.py": "train/baseline-* train/enhanced-* fuse/*",
    "lightcnn/training/optim/nadam.py|lightcnn/training/schedules/constant.py": "train/paper-* fuse/paper",
    "lightcnn/models/groups.py": "fuse/*",
    "lightcnn/core/threads.py": "train/* fuse/* export/* evaluate/* latency",
    "lightcnn/core/runtime.py": "train/* fuse/* latency",
    "lightcnn/core/types.py|lightcnn/models/(__init__|trained).py|lightcnn/data/normalize.py|lightcnn/models/architectures/__init__.py": "train/* fuse/* export/* evaluate/*",
    "lightcnn/models/architectures/paper.py": "*/paper */paper-* */baseline */baseline-*",
    "lightcnn/models/architectures/(enhanced|_block).py|lightcnn/models/convs/(__init__|bsconv).py": "*/enhanced */enhanced-*",
    "lightcnn/models/attention/(__init__|se).py|lightcnn/models/heads/(__init__|gap).py": "*/enhanced */enhanced-*",
    "lightcnn/models/fusions/concat_mlp.py": "*/paper */baseline */enhanced",
    "lightcnn/export/(onnx|int8|graph|rewrites|stacking|padding).py|lightcnn/profiling/(cost|layers).py|lightcnn/models/reparameterize.py": "export/*",
    "lightcnn/evaluation/(predictions|gradcam).py": "evaluate/*",
    "lightcnn/evaluation/__init__.py": "evaluate/* figures claims",
    "lightcnn/evaluation/metrics.py": "evaluate/* figures",
    "lightcnn/export/(__init__|ort).py": "export/* evaluate/* latency",
    "lightcnn/core/batching.py": "train/* fuse/* export/* evaluate/* latency",
    "lightcnn/core/plotting.py": "figures",
    "lightcnn/core/git.py": "",
    "lightcnn/artifacts/lock.py": "report",
    "lightcnn/profiling/latency.py": "latency",
    "lightcnn/profiling/__init__.py": "export/* latency",
    "lightcnn/reporting/(__init__|results).py|lightcnn/evaluation/intervals.py": "figures claims",
    "lightcnn/reporting/(analysis|published).py": "figures",
    "lightcnn/reporting/claims.py|lightcnn/reporting/claim_settings.py|lightcnn/evaluation/paired.py|lightcnn/artifacts/claims.py": "claims",
    "lightcnn/reporting/figures/(__init__|_style|_scatter|_layer_groups|_image_grid).py": "figures",
    "lightcnn/reporting/figures/(stage1_training_results|stage2_progressive_unfreezing|confusion_matrix|accuracy_vs_(parameters|latency)).py": "figures",
    "lightcnn/reporting/figures/(architecture|parameter_distribution|class_accuracy|roc_curves|reliability_diagram).py": "figures",
    "lightcnn/reporting/figures/(confident_mistakes|grad_cam|tsne_features).py": "figures",
    "lightcnn/reporting/report/(__init__|_format|benchmarks|card|claims|contents|graph|html|int8|latex|verdict).py": "report",
    "lightcnn/reporting/report/(report.html.jinja|research_report.tex.jinja|model_card.md.jinja|script.js|style.css)": "report",
    "stages/(?P<STAGE>fetch|prepare|latency|claims|figures|report).py": "STAGE",
    "stages/(?P<STAGE>train|distill|fuse|export|evaluate).py": "STAGE/*",
    "stages/(code|plan).py|lightcnn/cli.py|lightcnn/(pipeline|search|techniques)/[a-z_]+.py|lightcnn/reporting/(code_map|compare|readme).py": "",
    "lightcnn/reporting/report/markdown.py|lightcnn/data/datasets/(_mnist|_cifar100).py|lightcnn/data/mix/_mixing.py|lightcnn/training/regularize/_hooks.py": "",
    "lightcnn/models/architectures/_squeezed.py|lightcnn/models/convs/_fire.py": "",
    "lightcnn/data/augment/_operations.py": "",
    "lightcnn/data/image_folder/(layouts|csv_list|splitting|reading|findings).py": "",
    "lightcnn/(data|training|evaluation)/(mix|resize|regularize|precision|distill|inference)/__init__.py": "",
    # Any other component: params.yaml does not name it.
    "lightcnn/[a-z]+/[a-z]+/[a-z][a-z0-9_]*.py": "",
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
    families = {path.rsplit("/", 1)[0] for path in FILES if path.count("/") == 3}
    assert plan_files(PARAMS, {**FILES, **{f"{family}/newer.py": b"import lightcnn.training.loop" for family in families}}) == BEFORE
