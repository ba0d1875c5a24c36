#!/usr/bin/env python3
"""What fashion-4v shows: the tables of docs/fashion-4v.md, as Markdown.

    tools/fashion_4v_study.py [--published ../shared/data/ec-nas-4v-table.csv] [--proxies proxies.csv]
        [--card data/h200-4v/results.tar.xz]

Runs in an environment in which the Python package ecnas is installed."""

import argparse
import csv
import itertools

import numpy as np

import ecnas
from ecnas import analysis

ACCURACY = "validation_accuracy"


def row(*fields):
    print("| " + " | ".join(str(field) for field in fields) + " |")


def head(*names):
    print()
    row(*names)
    row(*["---"] * len(names))


def correlation(x, y):
    found = analysis.rank_correlation(x, y, resamples=2000)
    lower, upper = found.kendall_tau_interval
    return (
        f"{found.kendall_tau:.2f} ({lower:.2f} … {upper:.2f})",
        f"{found.spearman:.2f}",
        found.cells,
    )


def tell_learning(table):
    head("epochs", "quartiles of validation accuracy", "least", "greatest", "SD over cells", "SD over repeats")
    for budget, epochs in enumerate(table.budgets):
        values = table.tensor(ACCURACY)[:, budget].astype(float)
        means = values.mean(1)
        quartiles = ", ".join(f"{q:.3f}" for q in np.quantile(means, [0.25, 0.5, 0.75]))
        noise = np.sqrt(values.var(1, ddof=1).mean())
        row(epochs, quartiles, f"{means.min():.3f}", f"{means.max():.3f}",
            f"{means.std(ddof=1):.3f}", f"{noise:.3f}")  # fmt: skip


def tell_repeats(table):
    head("epochs", "metric", "Spearman ρ of two repeats, mean of three pairs", "least")
    for (budget, epochs), metric in itertools.product(
        enumerate(table.budgets), (ACCURACY, "test_accuracy", "training_time_s")
    ):
        values = table.tensor(metric)[:, budget].astype(float)
        pairs = [
            analysis.rank_correlation(values[:, a], values[:, b]).spearman
            for a, b in itertools.combinations(range(table.repeats), 2)
        ]
        row(epochs, metric, f"{np.mean(pairs):.2f}", f"{min(pairs):.2f}")


def tell_published(table, published):
    rows = [table.row(cell) for cell in published.cells]
    head("fashion-4v at 4 epochs", "published (CIFAR-10, one GPU)", "Kendall τ", "Spearman ρ", "cells")
    subjects = [("validation_accuracy", epochs, ACCURACY) for epochs in published.budgets]
    subjects += [
        ("test_accuracy", published.budgets[-1], "test_accuracy"),
        ("training_time", published.budgets[0], "training_time_s"),
        ("energy", published.budgets[0], "energy_kwh"),
    ]
    for metric, epochs, _ in subjects:
        ours = analysis.values(table, metric)[rows]
        row(metric, f"{metric} at {epochs} epochs", *correlation(ours, analysis.values(published, metric, epochs)))


def tell_costs(table):
    head("at 4 epochs", "with", "Kendall τ", "Spearman ρ", "cells")
    for first, second in (
        ("energy", "training_time"),
        ("training_time", "flops"),
        ("training_time", "parameters"),
        ("energy", "validation_accuracy"),
    ):
        row(first, second, *correlation(analysis.values(table, first), analysis.values(table, second)))


def tell_swaps(table, published):
    for metric in ("training_time", "energy", ACCURACY):
        head(f"{metric}: replaced → by", "fashion-4v", "published")
        ours, theirs = analysis.swaps(table, metric), analysis.swaps(published, metric, published.budgets[0])
        for a, b in itertools.combinations(range(3), 2):
            names = f"{analysis.OPERATIONS[a]} → {analysis.OPERATIONS[b]}"
            row(names, *(
                f"{swaps.change.iloc[a, b]:+.3g} ({swaps.interval[a, b, 0]:+.3g} … {swaps.interval[a, b, 1]:+.3g}) {swaps.unit}"
                for swaps in (ours, theirs)
            ))  # fmt: skip


def tell_card(card, published, table):
    """Energies of a card's own counter, beside what is known of the same cells elsewhere."""
    energy = card.tensor("energy_kwh")[:, 0, 0].astype(float)
    time_s = card.tensor("training_time_s")[:, 0, 0].astype(float)
    power_w = energy * 3.6e6 / time_s
    of_card = card.tensor("gpu0_energy_kwh")[:, 0, 0] / card.tensor("run_energy_kwh")[:, 0, 0]
    head("of a training", "least", "quartiles", "greatest")
    for name, values, digits in (
        ("energy, Wh", 1000 * energy, 2),
        ("time, s", time_s, 1),
        ("mean power, W", power_w, 0),
        ("the card's counter's share, %", 100 * of_card, 1),
    ):
        low, *quartiles, high = (f"{q:.{digits}f}" for q in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
        row(name, low, ", ".join(quartiles), high)
    predicted = ecnas.load("ecnas-4v")

    def there(subject, metric, *epochs):
        values = analysis.values(subject, metric, *epochs)
        return [values[subject.row(cell)] for cell in card.cells]

    head("on the H200", "with", "Kendall τ", "Spearman ρ", "cells")
    for name, ours, other, theirs in (
        ("energy", energy, "its training time", time_s),
        ("energy", energy, "its mean power", power_w),
        ("energy", energy, "published energy at 4 epochs", there(published, "energy", 4)),
        ("training time", time_s, "published training time at 4 epochs", there(published, "training_time", 4)),
        ("energy", energy, "energy of `ecnas-4v`, predicted", there(predicted, "energy", 4)),
        ("energy", energy, "energy of `fashion-4v`, modelled", there(table, "energy", 4)),
        ("energy", energy, "FLOPs", there(card, "flops")),
    ):
        row(name, other, *correlation(ours, theirs))


def tell_proxies(table, path):
    with open(path, newline="", encoding="utf-8") as file:
        records = {record["hash"]: record for record in csv.DictReader(file)}
    names = [name for name in next(iter(records.values())) if name not in ("hash", "proxies_time_s")]
    hashes = table.hashes.astype("U32")
    head("proxy", "with", "Kendall τ", "Spearman ρ", "cells")
    for name, metric in itertools.product(names, (ACCURACY, "energy")):
        values = [float(records[key][name]) for key in hashes]
        row(name, metric, *correlation(values, analysis.values(table, metric)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", help="the published table of 4 vertices, as CSV")
    parser.add_argument("--proxies", help="a CSV of 'ecnas train --proxies'")
    parser.add_argument("--card", help="results of the same cells on a card")
    options = parser.parse_args()
    table = ecnas.load("fashion-4v")
    tell_learning(table)
    tell_repeats(table)
    tell_costs(table)
    if options.published:
        published = ecnas.import_table(options.published)
        tell_published(table, published)
        tell_swaps(table, published)
        if options.card:
            tell_card(ecnas.import_table(options.card), published, table)
    if options.proxies:
        tell_proxies(table, options.proxies)


if __name__ == "__main__":
    main()
