"""How far the built-in benchmark can stand in for a measured table: the numbers of
docs/benchmark-card.md.

    python3 tools/benchmark_study.py PROGRAM TABLE.csv… --energy OUT_OF_FOLD.csv
        --accuracy OUT_OF_FOLD.csv --time OUT_OF_FOLD.csv [--trials 30]

Every cell of the measured tables is among those the shipped models were fitted on, so predictions
are taken out of fold: those that `ecnas surrogate fit --out-of-fold` wrote, each by a model without
its cell. For every table it prints Kendall's τ of predicted and measured values by metric and
budget. For the first, which must be measured throughout, it compares fronts and what algorithms
reach. Standard library only.
"""

import argparse
import csv
import itertools
import json
import pathlib
import statistics
import subprocess
import tempfile

ALGORITHMS = [["--algorithm", name] for name in ("semoa", "nsga2", "sms-emoa", "random")]
ALGORITHMS.append(["--reference", "semoa-published"])
EVALUATIONS = (25, 50, 100, 200)


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def out_of_fold(path):
    """(cell, epochs) → predicted value, of each of the file's sources."""
    by_source = {}
    for row in read_rows(path):
        values = by_source.setdefault(row["source"], {})
        values[row["hash"], int(row["epochs"])] = float(row["predicted"])
    return by_source


def source_for(by_source, table, budgets):
    """The predictions for a table: as that table would have measured, if it was a source; or else
    those of the source that holds most of its cells."""
    name = pathlib.Path(table).name
    if name in by_source:
        return by_source[name]
    return max(by_source.values(), key=lambda values: sum(key in values for key in budgets))


def scaled(values, budgets):
    """Values at all budgets, where one was predicted and the others are scaled linearly."""
    epochs = {e for _, e in values}
    if len(epochs) != 1:
        return values
    observed = epochs.pop()
    return {(h, e): values[h, observed] * e / observed for h, e in budgets if (h, observed) in values}


def kendall_tau(pairs):
    """τ-b, pair by pair."""
    concordant = ties_x = ties_y = count = 0
    for (x, y), (u, v) in itertools.combinations(pairs, 2):
        count += 1
        dx, dy = (x > u) - (x < u), (y > v) - (y < v)
        concordant += dx * dy
        ties_x += dx == 0
        ties_y += dy == 0
    return concordant / ((count - ties_x) * (count - ties_y)) ** 0.5


def print_agreement(table, rows, predictions):
    print(f"\n{pathlib.Path(table).name}: Kendall's τ of predicted and measured values")
    epochs = sorted({int(row["epochs"]) for row in rows})
    for metric, values in predictions.items():
        cells = []
        for budget in epochs:
            pairs = [(values[row["hash"], budget], float(row[metric])) for row in rows
                     if int(row["epochs"]) == budget and row.get(metric)
                     and (row["hash"], budget) in values]
            if len(pairs) > 2:
                cells.append(f"{budget}: {kendall_tau(pairs):.3f} ({len(pairs)})")
        print(f"  {metric:20} " + ", ".join(cells))


def run(program, *arguments):
    command = [program, *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def import_csv(program, path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    table = path.with_suffix(".ecnas")
    subprocess.run([program, "import", path, "-o", table], check=True, capture_output=True)
    return table


def solutions(front):
    return {(point["hash"], point["epochs"]) for point in front["points"]}


def hypervolume(points, reference):
    """Of two objectives that are minimised."""
    area, lowest = 0.0, reference[1]
    for x, y in sorted(points):
        if x < reference[0] and y < lowest:
            area += (reference[0] - x) * (lowest - y)
            lowest = y
    return area


def print_fronts(program, measured, predicted, rows):
    true_front, front = run(program, "front", measured), run(program, "front", predicted)
    both = solutions(true_front) & solutions(front)
    truth = {(row["hash"], int(row["epochs"])): (float(row["energy_kwh"]),
                                                 1 - float(row["validation_accuracy"])) for row in rows}
    reference = true_front["reference_point"]
    reached = hypervolume([truth[s] for s in solutions(front)], reference)
    best = hypervolume([truth[s] for s in solutions(true_front)], reference)
    print(f"\nFronts: {len(solutions(true_front))} measured, {len(solutions(front))} predicted, "
          f"{len(both)} in both")
    print(f"  The solutions of the predicted front, as measured, have {reached / best:.4f} of the "
          "measured front's hypervolume")


def shares(program, table, evaluations, trials):
    """Algorithm → shares of the table's own hypervolume, one a trial."""
    result = {}
    for options in ALGORITHMS:
        report = run(program, "search", table, *options, "--evaluations", evaluations, "--trials", trials)
        front = run(program, "front", table)["hypervolume"]
        result[options[1]] = [value / front for value in report["hypervolume"]["trials"]]
    return result


def verdict(one, other):
    """Whether a set of trials is better (1), worse (−1) or cannot be told apart (0)."""
    difference = statistics.mean(one) - statistics.mean(other)
    error = (statistics.variance(one) / len(one) + statistics.variance(other) / len(other)) ** 0.5
    return 0 if abs(difference) <= 2 * error else 1 if difference > 0 else -1


def print_algorithms(program, measured, predicted, trials):
    print(f"\nAlgorithms: share of the table's hypervolume, mean ± deviation of {trials} trials")
    same = opposite = total = 0
    for evaluations in EVALUATIONS:
        on_measured = shares(program, measured, evaluations, trials)
        on_predicted = shares(program, predicted, evaluations, trials)
        print(f"  {evaluations} evaluations   measured           predicted")
        for name in sorted(on_measured, key=lambda a: -statistics.mean(on_measured[a])):
            texts = [f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
                     for values in (on_measured[name], on_predicted[name])]
            print(f"  {name:16} {texts[0]}    {texts[1]}")
        for one, other in itertools.combinations(on_measured, 2):
            here = verdict(on_measured[one], on_measured[other])
            there = verdict(on_predicted[one], on_predicted[other])
            total += 1
            same += here == there
            opposite += here * there < 0
    print(f"  Pairs of algorithms at a budget: {total}; judged the same (better, worse or not told "
          f"apart at two standard errors): {same}; the opposite: {opposite}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("tables", nargs="+", metavar="TABLE.csv")
    for name in ("energy", "accuracy", "time"):
        parser.add_argument(f"--{name}", required=True, metavar="OUT_OF_FOLD.csv")
    parser.add_argument("--trials", type=int, default=30)
    arguments = parser.parse_args()
    program = arguments.program.resolve()

    sources = {"validation_accuracy": out_of_fold(arguments.accuracy),
               "energy_kwh": out_of_fold(arguments.energy),
               "training_time_s": out_of_fold(arguments.time)}
    for number, table in enumerate(arguments.tables):
        rows = read_rows(table)
        budgets = {(row["hash"], int(row["epochs"])) for row in rows}
        predictions = {metric: scaled(source_for(by_source, table, budgets), budgets)
                       for metric, by_source in sources.items()}
        print_agreement(table, rows, predictions)
        if number > 0:
            continue
        keys = ("hash", "vertices", "edges", "adjacency", "ops", "trainable_parameters", "epochs")
        metrics = ("validation_accuracy", "energy_kwh")
        complete = [row for row in rows if all((row["hash"], int(row["epochs"])) in predictions[m]
                                               for m in metrics)]
        print(f"\nCells at budgets compared below: {len(complete)} of {len(rows)}")
        with tempfile.TemporaryDirectory() as folder:
            measured = [{k: row[k] for k in keys + metrics} for row in complete]
            predicted = [row | {m: predictions[m][row["hash"], int(row["epochs"])] for m in metrics}
                         for row in measured]
            measured = import_csv(program, pathlib.Path(folder) / "measured.csv", measured)
            predicted = import_csv(program, pathlib.Path(folder) / "predicted.csv", predicted)
            print_fronts(program, measured, predicted, complete)
            print_algorithms(program, measured, predicted, arguments.trials)


if __name__ == "__main__":
    main()
