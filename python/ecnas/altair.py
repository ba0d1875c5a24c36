"""The figure of a front as an Altair chart, with the marks and colours of ecnas's report pages.

    ecnas.altair.front(ecnas.Problem(table)).save("front.html")

Layers are named as in docs/formats/figure.md: `points`, `front_line`, `front`, `extrema`, `knee`.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from ecnas import MissingDependency, indicators
from ecnas.plot import (
    COLOURS,
    TITLES,
    Drawable,
    Points,
    Scene,
    boundary,
    group_colours,
    is_logarithmic,
    scene,
)

try:
    import altair
except ImportError as error:
    raise MissingDependency(
        "ecnas.altair: the package altair is not installed; run: pip install altair"
    ) from error

# Altair refuses more rows in a chart; a cloud beyond it is left out.
_MAX_ROWS = 5_000
_WIDTH, _HEIGHT = 660, 430  # of the plotting area, in pixels
_FONT = "DejaVu Sans, Verdana, sans-serif"


def front(subject: Drawable, *, title: Optional[str] = None) -> altair.LayerChart:
    """All solutions with their Pareto front, its knee and its extrema.

    subject: a problem or a table, or a frame of a front, as `ecnas.plot.scene` takes them. Of more
    than 5,000 solutions only the front is drawn; `ecnas.plot.front` draws them all.

    Raises InvalidArgument unless there are two objectives.
    """
    shown = scene(subject)
    layers = [_front_line(shown), _front(shown), _extrema(shown), _knee(shown)]
    if 0 < sum(map(len, shown.clouds.values())) <= _MAX_ROWS:
        layers.insert(0, _points(shown))
    chart = altair.layer(*layers).properties(width=_WIDTH, height=_HEIGHT)
    return _configured(chart if title is None else chart.properties(title=title))


def _points(shown: Scene) -> altair.Chart:
    rows = [
        {"x": x, "y": y, "group": str(epochs)}
        for epochs, points in shown.clouds.items()
        for x, y in points.tolist()
    ]
    groups = [str(epochs) for epochs in shown.clouds]
    legend = altair.Legend(title="Epochs") if len(groups) > 1 else None
    size, opacity = (30, 0.8) if len(rows) <= 500 else (16, 0.6)
    return (
        _chart(shown, rows, "points")
        .mark_circle(size=size, opacity=opacity)
        .encode(
            color=altair.Color("group:N", legend=legend).scale(
                domain=groups, range=group_colours(len(groups))
            )
        )
    )


def _front_line(shown: Scene) -> altair.Chart:
    corner = np.concatenate([shown.front, *shown.clouds.values()]).max(axis=0)
    rows = [{**row, "series": "Pareto front"} for row in _rows(boundary(shown.front, corner))]
    return (
        _chart(shown, rows, "front_line")
        .mark_line(interpolate="step-after", strokeWidth=1.6, clip=True)
        .encode(
            order="order:Q",
            stroke=altair.Stroke(
                "series:N",
                scale=altair.Scale(domain=["Pareto front"], range=[COLOURS["vermillion"]]),
                legend=altair.Legend(title=None, symbolType="stroke"),
            ),
        )
    )


def _front(shown: Scene) -> altair.Chart:
    budgets = sorted(set(shown.clouds) | set(shown.front_epochs.tolist()))
    colours = dict(zip(budgets, group_colours(len(budgets))))
    rows = _rows(shown.front)
    for row, epochs in zip(rows, shown.front_epochs.tolist()):
        row.update(colour=colours[epochs], epochs=epochs)
    mark = {"shape": "circle", "size": 38, "stroke": COLOURS["vermillion"], "strokeWidth": 1.4}
    return (
        _chart(shown, rows, "front")
        .mark_point(filled=True, opacity=1, **mark)
        .encode(
            fill=altair.Fill("colour:N", scale=None),
            tooltip=[
                altair.Tooltip("x:Q", title=TITLES[shown.columns[0]], format=".4~g"),
                altair.Tooltip("y:Q", title=TITLES[shown.columns[1]], format=".4~g"),
                altair.Tooltip("epochs:Q", title="Epochs"),
            ],
        )
    )


def _extrema(shown: Scene) -> altair.Chart:
    rows = _rows(shown.front[[0, -1]])
    return _highlight(shown, rows, "extrema", "square", 80, COLOURS["vermillion"])


def _knee(shown: Scene) -> altair.Chart:
    knee = indicators.knee(shown.front)
    rows = [] if knee is None else _rows(shown.front[[knee]])
    return _highlight(shown, rows, "knee", "diamond", 150, COLOURS["orange"])


def _highlight(
    shown: Scene, rows: list[dict[str, Any]], name: str, shape: str, size: int, fill: str
) -> altair.Chart:
    mark = {"shape": shape, "size": size, "fill": fill, "stroke": COLOURS["ink"]}
    chart: altair.Chart = _chart(shown, rows, name).mark_point(
        filled=True, opacity=1, strokeWidth=1.2, **mark
    )
    return chart


def _chart(shown: Scene, rows: list[dict[str, Any]], name: str) -> altair.Chart:
    values = np.concatenate([shown.front, *shown.clouds.values()])
    x, y = (
        axis(
            f"{field}:Q",
            title=TITLES[column],
            scale=_scale(column, of_axis),
            axis=altair.Axis(format="~g", tickCount=8),
        )
        for axis, field, column, of_axis in zip(
            (altair.X, altair.Y), "xy", shown.columns, values.T
        )
    )
    return altair.Chart(altair.Data(values=rows), name=name).encode(x=x, y=y)


def _scale(column: str, values: Points) -> altair.Scale:
    if is_logarithmic(column, values):
        return altair.Scale(type="log")
    return altair.Scale(type="linear", zero=False)


def _rows(points: Points) -> list[dict[str, Any]]:
    return [{"x": x, "y": y, "order": order} for order, (x, y) in enumerate(points.tolist())]


def _configured(chart: altair.LayerChart) -> altair.LayerChart:
    faint, ink = COLOURS["faint_ink"], COLOURS["ink"]
    configured: altair.LayerChart = (
        chart.configure(background=COLOURS["paper"], font=_FONT, padding=14)
        .configure_view(stroke=None)
        .configure_title(anchor="start", frame="bounds", fontSize=15, color=ink, offset=12)
        .configure_axis(
            gridColor=COLOURS["grid"],
            domainColor=faint,
            tickColor=faint,
            labelColor=ink,
            titleColor=ink,
            labelFontSize=11,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=10,
        )
        .configure_legend(
            orient="top",
            direction="horizontal",
            titleOrient="left",
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            titleColor=faint,
            labelColor=ink,
        )
    )
    return configured
