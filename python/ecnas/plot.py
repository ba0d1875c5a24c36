"""Figures by matplotlib, with the colours and marks of ecnas's own reports.

    ecnas.plot.front(ecnas.Problem(table))
    ecnas.plot.search(result)
    ecnas.plot.convergence(result)

Each draws into `ax`, or into a new figure, and returns the `Axes`, to change, or to save by
`ax.figure.savefig`. Nothing global is changed: no style, no backend. Two objectives are drawn.

Needs the package matplotlib, which is imported when something is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np
import numpy.typing as npt

from ecnas import InvalidArgument, MissingDependency, Problem, Table, indicators
from ecnas.configspace import budgets_of

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

    from ecnas import SearchResult

#: The reports' colours, which stay apart for colour-blind readers; source: Okabe and Ito 2008.
COLOURS = {
    "orange": "#E69F00",
    "sky_blue": "#56B4E9",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "ink": "#222222",
    "faint_ink": "#595959",
    "grid": "#E8E8E8",
    "paper": "#FFFFFF",
}

#: What axes are called, by column, with units.
TITLES = {
    "energy_kwh": "Training energy (kWh)",
    "training_time_s": "Training time (s)",
    "co2eq_g": "Emissions (CO2eq) (g)",
    "trainable_parameters": "Trainable parameters",
    "flops": "Multiply-adds",
    "validation_error": "Validation error",
    "test_error": "Test error",
    "inverse_depth": "1 / (1 + depth)",
}

Points = npt.NDArray[np.float64]
Drawable = Union[Problem, Table, "pandas.DataFrame"]

# Lightened sky blue through blue to a blue near black: lightness falls evenly.
_RAMP = np.array([[158, 208, 240], [86, 180, 233], [0, 114, 178], [3, 44, 86]], dtype=float)
# Above it points are counted into hexagons: a figure of a whole space stays legible and small.
_MAX_POINTS = 20_000
# Of a share of hypervolume what is missing less than this is drawn as if it were this.
_LEAST_MISSING = 1e-4


@dataclass(frozen=True)
class Scene:
    """What a figure of a front shows, in the order of its two columns.

    columns: of x and y. front: (n, 2), mutually non-dominated, by ascending x, with its budgets in
    epochs (n), 0 where there are none. clouds: all solutions, (m, 2) a budget; empty if only the
    front is known.
    """

    columns: tuple[str, str]
    front: Points
    front_epochs: npt.NDArray[np.int64]
    clouds: dict[int, Points]


def group_colours(count: int) -> list[str]:
    """One colour a group, from light to dark blue, so that their order also shows in grey."""
    if count == 1:
        return [COLOURS["blue"]]
    places = np.linspace(0, len(_RAMP) - 1, count)
    channels = [np.interp(places, np.arange(len(_RAMP)), channel) for channel in _RAMP.T]
    rounded = np.floor(np.add(channels, 0.5)).astype(int).T.tolist()
    return ["#{:02X}{:02X}{:02X}".format(*colour) for colour in rounded]


def scene(subject: Drawable) -> Scene:
    """Front and cloud of a problem or a table, or the front of a frame.

    A frame is one of `Problem.front`, `Table.front` or a trial's `front`: two columns of
    objectives, and perhaps `epochs`. Of a problem that converts values or reads one repeat only the
    front is known, for evaluating everything would be charged to its ledger.

    Raises InvalidArgument unless there are two objectives and a solution.
    """
    if isinstance(subject, Table):
        subject = Problem(subject)
    frame = subject.front() if isinstance(subject, Problem) else subject
    names = subject.columns if isinstance(subject, Problem) else frame.columns
    columns = [name for name in names if name in TITLES]
    if len(columns) != 2:
        raise InvalidArgument(
            f"plot: objectives {', '.join(map(str, columns)) or 'none'}; two are drawn, so choose "
            f"them: {', '.join(TITLES)}"
        )
    points = frame[columns].to_numpy(dtype=float)
    if len(points) == 0:
        raise InvalidArgument("plot: a front without solutions; expected one at least")
    kept = np.asarray(indicators.non_dominated(points))
    order = kept[np.argsort(points[kept, 0], kind="stable")]
    epochs = frame["epochs"].to_numpy() if "epochs" in frame.columns else np.zeros(len(points))
    clouds = _clouds(subject, frame) if isinstance(subject, Problem) else {}
    return Scene((columns[0], columns[1]), points[order], epochs[order].astype(np.int64), clouds)


def is_logarithmic(column: str, values: Points) -> bool:
    """Is it drawn on a logarithmic axis? Energies are, and what spans more than a decade."""
    least = values.min()
    return bool(least > 0 and (column == "energy_kwh" or values.max() > 10 * least))


def front(subject: Drawable, *, ax: Optional[Axes] = None, title: Optional[str] = None) -> Axes:
    """All solutions with their Pareto front, its knee and its extrema.

    subject: a problem or a table, or a frame of a front (`scene`); budgets differ by colour.

    Raises InvalidArgument unless there are two objectives; MissingDependency without matplotlib.
    """
    shown = scene(subject)
    ax = _axes(ax)
    values = np.concatenate([shown.front, *shown.clouds.values()])
    _set_up(ax, shown.columns, values)
    budgets = sorted(set(shown.clouds) | set(shown.front_epochs.tolist()))
    colours = dict(zip(budgets, group_colours(len(budgets))))
    for epochs, points in shown.clouds.items():
        _draw_cloud(ax, points, colours[epochs], _budget_label(epochs), len(values))
    corner = values.max(axis=0)
    line: dict[str, Any] = {"label": "Pareto front", "linewidth": 1.6, "zorder": 3}
    _draw_steps(ax, shown.front, corner, COLOURS["vermillion"], **line)
    ax.scatter(
        shown.front[:, 0],
        shown.front[:, 1],
        s=26,
        c=[colours[epochs] for epochs in shown.front_epochs.tolist()],
        edgecolors=COLOURS["vermillion"],
        linewidths=1.4,
        zorder=4,
    )
    _draw_highlights(ax, shown.front)
    _finish(ax, title)
    return ax


def search(
    result: SearchResult, *, ax: Optional[Axes] = None, title: Optional[str] = None
) -> Axes:
    """The fronts that a search's trials found, and the exact one.

    Raises InvalidArgument unless there are two objectives; MissingDependency without matplotlib.
    """
    exact = scene(result.problem.front())
    found = [scene(trial.front).front for trial in result.trials if len(trial.front) > 0]
    values = np.concatenate([exact.front, *found])
    corner = values.max(axis=0)
    ax = _axes(ax)
    _set_up(ax, exact.columns, values)
    line: dict[str, Any] = {"label": "The trial", "linewidth": 2.2, "zorder": 2}
    if len(found) > 1:  # they overlap: the more, the fainter
        opacity = min(0.6, max(0.15, 4 / len(found)))
        line |= {"label": f"Fronts of {len(found)} trials", "linewidth": 1.2, "alpha": opacity}
    for points in found:
        _draw_steps(ax, points, corner, COLOURS["blue"], **line)
        line["label"] = None  # once is enough
    line = {"label": "Exact front", "linewidth": 1, "zorder": 3}
    _draw_steps(ax, exact.front, corner, COLOURS["ink"], **line)
    _finish(ax, title or f"{result.algorithm}: fronts found")
    return ax


def convergence(
    result: SearchResult, *, ax: Optional[Axes] = None, title: Optional[str] = None
) -> Axes:
    """The share of the exact front's hypervolume that trials reach while they spend energy.

    The median of the trials with quartiles, from where all of them have spent something. Shares are
    spread by the logarithm of what is missing: 90, 99 and 99.9 % are as far apart.

    Raises InvalidArgument for a search without energies; MissingDependency without matplotlib.
    """
    curves = [_curve(trial.evaluations, result.problem) for trial in result.trials]
    spent = np.unique(np.concatenate([amounts for amounts, _ in curves]))
    spent = spent[spent >= max(amounts[0] for amounts, _ in curves)]
    shares = np.array(
        [values[np.searchsorted(amounts, spent, side="right") - 1] for amounts, values in curves]
    )
    low, median, high = (
        np.clip(1 - share, _LEAST_MISSING, 1)
        for share in np.percentile(shares, [25, 50, 75], axis=0)
    )
    ax = _axes(ax)
    _style(ax)
    ax.set_xscale("log")
    ax.set_yscale("log")
    if len(curves) > 1:
        band: dict[str, Any] = {"alpha": 0.16, "linewidth": 0, "label": "Quartiles"}
        ax.fill_between(spent, low, high, step="post", color=COLOURS["blue"], **band)
    label = "The trial" if len(curves) == 1 else f"Median of {len(curves)} trials"
    line: dict[str, Any] = {"linewidth": 2.2, "label": label}
    ax.plot(spent, median, drawstyle="steps-post", color=COLOURS["blue"], **line)
    ax.set_xlabel("Energy spent (kWh)")
    ax.set_ylabel("Share of hypervolume")
    _label_shares(ax)
    _finish(ax, title or f"{result.algorithm}: hypervolume over energy")
    return ax


# --- Values --------------------------------------------------------------------------------------


def _clouds(problem: Problem, frame: pandas.DataFrame) -> dict[int, Points]:
    """Every solution, by budget, read through another problem, whose ledger is nobody's.

    Empty if the problem reads the table in another way than that one, which its front shows.
    """
    twin = Problem(problem.table, objectives=list(problem.objectives), epochs=_epochs(problem))
    columns = list(problem.columns)
    table = problem.table
    for epochs, of_budget in frame.groupby("epochs"):
        cells = [table.cells[table.row(digits)] for digits in of_budget["hash"]]
        read = twin.evaluate_many(cells, epochs=int(epochs) or None)
        if not np.allclose(read, of_budget[columns].to_numpy(dtype=float), rtol=1e-6, atol=0):
            return {}
    clouds = {}
    for epochs in budgets_of(problem):
        points = np.asarray(twin.evaluate_many(table.cells, epochs=epochs or None))
        clouds[epochs] = points[~np.isnan(points).any(axis=1)]
    return clouds


def _epochs(problem: Problem) -> Optional[list[int]]:
    return [epochs for epochs in budgets_of(problem) if epochs > 0] or None


def _curve(evaluations: pandas.DataFrame, problem: Problem) -> tuple[Points, Points]:
    """Energy spent (n), ascending, and the share of hypervolume from there on (n)."""
    spent = evaluations["cumulative_energy_kwh"].to_numpy(dtype=float)
    if len(spent) == 0 or not spent[0] > 0:
        raise InvalidArgument(
            "convergence: a trial spent no energy; expected evaluations on a table with energies"
        )
    kept = evaluations["is_feasible"].to_numpy(dtype=bool)
    points = evaluations[list(problem.columns)].to_numpy(dtype=float)[kept]
    reached: Points = (
        indicators.hypervolume_share_after_each(points, problem.exact_points) if kept.any() else np.empty(0)
    )
    # A solution that breaks a constraint costs, and leaves the share where it was.
    shares = np.concatenate([[0.0], reached])[np.cumsum(kept)]
    return spent, shares


# --- Drawing -------------------------------------------------------------------------------------


def _axes(ax: Optional[Axes]) -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise MissingDependency(
            "ecnas.plot: the package matplotlib is not installed; run: pip install matplotlib"
        ) from error
    if ax is not None:
        return ax
    _, made = pyplot.subplots(figsize=(7.4, 5.2), layout="constrained")
    return made


def _style(ax: Axes) -> None:
    ax.set_facecolor(COLOURS["paper"])
    ax.set_axisbelow(True)
    ax.grid(True, which="major", color=COLOURS["grid"], linewidth=0.8)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(COLOURS["faint_ink"])
    ax.tick_params(which="both", color=COLOURS["faint_ink"], labelcolor=COLOURS["ink"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_color(COLOURS["ink"])


def _set_up(ax: Axes, columns: tuple[str, str], values: Points) -> None:
    _style(ax)
    for column, of_axis, axis, set_scale in zip(
        columns, values.T, (ax.xaxis, ax.yaxis), (ax.set_xscale, ax.set_yscale)
    ):
        axis.set_label_text(TITLES[column])
        if is_logarithmic(column, of_axis):
            set_scale("log")
            _label_decades(axis, of_axis.max() / of_axis.min())


def _label_decades(axis: Any, ratio: float) -> None:
    """Plain numbers on a logarithmic axis, five to a dozen of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    within = [1, 2, 3, 4, 6, 8] if ratio < 20 else [1, 2, 5] if ratio < 3000 else [1]
    axis.set_major_locator(LogLocator(subs=within, numticks=15))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _label_shares(ax: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax.invert_yaxis()
    ax.yaxis.set_major_formatter(FuncFormatter(lambda missing, _: f"{100 * (1 - missing):.6g} %"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _budget_label(epochs: int) -> str:
    return f"{epochs} epochs" if epochs > 0 else "Cells"


def _draw_cloud(ax: Axes, points: Points, colour: str, label: str, count: int) -> None:
    """count: points of all clouds together, by which marks are small and faint."""
    if count > _MAX_POINTS:
        _draw_density(ax, points, colour, label)
        return
    size, opacity = (18, 0.8) if count <= 500 else (9, 0.6) if count <= 5_000 else (4, 0.4)
    style: dict[str, Any] = {"alpha": opacity, "linewidths": 0, "zorder": 1}
    is_dense = count > 2_000  # a picture within a vector figure then
    ax.scatter(points[:, 0], points[:, 1], s=size, color=colour, label=label, rasterized=is_dense, **style)


def _draw_density(ax: Axes, points: Points, colour: str, label: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    faint = LinearSegmentedColormap.from_list(label, [to_rgba(colour, 0.35), to_rgba(colour, 1)])
    style: dict[str, Any] = {"cmap": faint, "linewidths": 0, "zorder": 1}
    style |= {"xscale": ax.get_xscale(), "yscale": ax.get_yscale()}
    ax.hexbin(*points.T, gridsize=(70, 40), bins="log", mincnt=1, **style)
    ax.scatter([], [], color=colour, label=label)  # for the legend


def boundary(points: Points, corner: Points) -> Points:
    """Corners of what a front dominates, to be joined by steps that go right, then down.

    points: (n, 2) by ascending x. corner: (2), right and top end. Returns (n + 2, 2): it comes down
    at the least x and leaves to the right at the least y.
    """
    return np.vstack([[points[0, 0], corner[1]], points, [corner[0], points[-1, 1]]])


def _draw_steps(ax: Axes, points: Points, corner: Points, colour: str, **style: Any) -> None:
    ax.plot(*boundary(points, corner).T, drawstyle="steps-post", color=colour, **style)


def _draw_highlights(ax: Axes, points: Points) -> None:
    style: dict[str, Any] = {"edgecolors": COLOURS["ink"], "linewidths": 1.2, "zorder": 5}
    knee = indicators.knee(points)
    ends = points[[0, -1]]
    ax.scatter(ends[:, 0], ends[:, 1], s=46, marker="s", color=COLOURS["vermillion"], label="Extrema", **style)
    if knee is not None:
        ax.scatter(points[knee, 0], points[knee, 1], s=70, marker="D", color=COLOURS["orange"], label="Knee", **style)


def _finish(ax: Axes, title: Optional[str]) -> None:
    if title:
        ax.set_title(title, loc="left", color=COLOURS["ink"])
    legend = ax.legend(frameon=True, edgecolor="none", framealpha=0.85, fontsize="small")
    for text in legend.get_texts():
        text.set_color(COLOURS["ink"])
