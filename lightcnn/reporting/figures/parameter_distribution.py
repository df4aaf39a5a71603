"""Where the parameters are: group by group, and by the kind of layer.

source     reports/cost/MODEL.tsv, counted before BatchNorm is folded into the convolutions, as the export does
reads      a bar is a group of layers, its parts are kinds of layers; models of the same layers share a panel
differs    groups, since a bar for each of a hundred layers could not be read
"""

import textwrap
from collections import Counter

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lightcnn.core.config import StrictModel
from lightcnn.reporting.figures._layer_groups import Group, architectures, groups_of
from lightcnn.reporting.figures._style import PALETTE, new_figure, styled
from lightcnn.reporting.results import Results


class Config(StrictModel):
    """Nothing to choose."""


def draw(_: Config, results: Results) -> dict[str, Figure]:
    """One figure with a panel for each architecture."""
    alike = architectures(results)
    groups = [[group for group in groups_of(models[0].layers) if group.parameters] for models in alike]
    kinds = list(dict.fromkeys(layer.kind for model in alike for layer in model[0].layers if layer.parameters))
    whole = f"Parameters by layer on {results.dataset}"
    description = "; ".join(f"{models[0].name} {models[0].cost.parameters:,}" for models in alike)
    with styled():
        titles = [textwrap.fill(f"{', '.join(model.name for model in models)}: {models[0].cost.parameters:,}", 56) for models in alike]
        heights = [0.45 + 0.2 * title.count("\n") + 0.22 * len(rows) for title, rows in zip(titles, groups, strict=True)]
        figure, panels, key = new_figure(
            whole, f"Parameters of each group of layers. {description} in all.", results.note, heights, 0.25 + 0.1 * len(kinds)
        )
        for axes, title, rows in zip(panels, titles, groups, strict=True):
            draw_groups(axes, rows, kinds)
            axes.set_title(title, loc="left")
            axes.set_xlim(0, 1.15 * max(group.parameters for rows in groups for group in rows))
            axes.tick_params(labelbottom=axes is panels[-1])
        panels[-1].xaxis.set_major_formatter("{x:,.0f}")
        panels[-1].set_xlabel("parameters")
        handles = {label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        key.legend([handles[kind] for kind in kinds], kinds, loc="upper left", ncols=3)
    return {"parameter_distribution": figure}


def draw_groups(axes: Axes, groups: list[Group], kinds: list[str]) -> None:
    """A bar for each group from top to bottom, in parts by kind, its sum at its end."""
    counts = [Counter[str]() for _ in groups]
    for count, group in zip(counts, groups, strict=True):
        for layer in group.layers:
            count[layer.kind] += layer.parameters
    left = [0] * len(groups)
    for index, kind in enumerate(kinds):
        widths = [count[kind] for count in counts]
        if any(widths):
            axes.barh(
                range(len(groups)), widths, 0.75, left, color=PALETTE[index % len(PALETTE)], label=kind, edgecolor="white", linewidth=0.4
            )
        left = [sum(pair) for pair in zip(left, widths, strict=True)]
    for row, total in enumerate(left):
        axes.annotate(f"{total:,}", (total, row), (3, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(groups)), [f"{group.branch} {group.name}".strip() for group in groups], fontsize=8.5)
    axes.set(ylim=(len(groups) - 0.4, -0.6))
    axes.grid(visible=False, axis="y")
