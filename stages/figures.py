"""Draw the figures that params.yaml lists."""

from glob import escape
from pathlib import Path

from lightcnn.artifacts.layout import Layout
from lightcnn.core import registry
from lightcnn.core.command import run
from lightcnn.core.files import atomic_folder, write_bytes
from lightcnn.pipeline.plan_file import read_plan
from lightcnn.reporting import results
from lightcnn.reporting.figures._style import is_drawn, png


def main(plan: Path, root: Path = Path(), out: Path = Path("reports/figures")) -> None:
    """Draw figures of the results that the plan names; pictures of figures no longer named are removed.

    ROOT is the folder that the pipeline's files lie in.
    """
    settings = read_plan(plan, results.FigureSettings)[1]
    found = results.read(settings, Layout(root))
    pictures: dict[str, bytes] = {}
    for component in settings.figures:
        drawn = registry.load("figures", component.name).draw(component.config, found)
        pictures |= {f"{stem}.png": png(figure, component.name) for stem, figure in drawn.items()}
    with atomic_folder(out, [escape(path.name) for path in out.glob("*.png") if is_drawn(path)]) as folder:
        for name, content in pictures.items():
            write_bytes(folder / name, content)


if __name__ == "__main__":
    run(main)
