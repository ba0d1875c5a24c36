"""The study of search algorithms: docs/search-study.md.

    python3 tools/search_study.py PROGRAM --directory WORK [--output docs/search-study.md]
        [--data DIR] [--trials 30] [--quick]

PROGRAM is a built `ecnas`. WORK keeps the studies: a run that was stopped goes on there. DATA holds
the published tables (ec-nas-4v-table.csv, ec-nas-5v-table.csv); without it only the built-in
benchmark is studied. Shares after n evaluations are computed here, from the trials' logs, by a
sweep of their own. About a quarter of an hour on two cores; --quick is for trying. Standard
library only.
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import time

RIVALS = ("random", "semoa", "nsga2", "nsga3", "sms-emoa", "moead", "regularised-evolution",
          "local-search", "parego", "ms-ehvi", "sh-emoa", "mo-sh-bananas", "mo-bohb", "mo-asha")
OURS = "keen"
WITHOUT_PRIOR = "keen-without-prior"
LOGARITHMS = "ms-ehvi-logarithms"  # not as published: models the logarithms of objectives
ABLATIONS = {
    "all of it": [],
    "no prior of energy": ["use_prior=0"],
    "no neighbourhoods": ["use_neighbours=0"],
    "budgets in turn": ["choose_budgets=0"],
    "adjacency in place of features": ["use_features=0"],
    "no uncertainty": ["use_uncertainty=0"],
}


def run(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class Table:
    """A table with its exact front, to measure shares by."""

    def __init__(self, program, path, title):
        self.path, self.title = path, title
        points = run(program, "front", path, "--json")["points"]
        self.front = [(p["energy_kwh"], p["validation_error"]) for p in points]
        xs, ys = zip(*self.front)
        self.low, self.extent = (min(xs), min(ys)), (max(xs) - min(xs), max(ys) - min(ys))
        self.volume = self.hypervolume(self.front)

    def hypervolume(self, points):
        """Of min-max normalised points, reference (1.1, 1.1)."""
        scaled = sorted(((x - self.low[0]) / self.extent[0], (y - self.low[1]) / self.extent[1])
                        for x, y in points)
        volume, height = 0.0, 1.1
        for x, y in scaled:
            if x < 1.1 and y < height:
                volume += (1.1 - x) * (height - y)
                height = y
        return volume

    def share(self, points):
        return self.hypervolume(points) / self.volume


class Study:
    """`ecnas compare` in a directory of its own."""

    def __init__(self, program, table, directory, contenders, limit, options, trials):
        began = time.monotonic()
        arguments = ["compare", table.path, "--algorithms", ",".join(contenders), *limit,
                     "--trials", trials, "--seed", 1, "--output", directory, "--resume", "--json"]
        for option in options:
            arguments += ["--option", option]
        self.table, self.directory, self.trials = table, pathlib.Path(directory), trials
        self.document = run(program, *arguments)
        self.wall_s = time.monotonic() - began
        self.names = [contender.split("=")[0] for contender in contenders]
        timings = json.loads((self.directory / "timings.json").read_text(encoding="utf-8"))
        self.own_seconds = {name: entry["own_seconds"]
                            for name, entry in timings["algorithms"].items()}
        self.logs = {name: [self.read(name, i) for i in range(trials)] for name in self.names}

    def read(self, name, trial):
        """Each evaluation's objectives and the energy spent so far."""
        width = max(3, len(str(self.trials)))
        path = self.directory / "trials" / f"{name}-{trial + 1:0{width}}.csv"
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            return [((float(r["energy_kwh"]), float(r["validation_error"])),
                     float(r["cumulative_energy_kwh"])) for r in rows]

    def shares_after(self, name, evaluations):
        return [self.table.share([point for point, _ in log[:evaluations]])
                for log in self.logs[name]]

    def shares_at(self, name, energy_kwh):
        return [self.table.share([point for point, spent in log if spent <= energy_kwh])
                for log in self.logs[name]]


def missed(shares):
    """Mean of what is missed and its standard error, in units of 10⁻⁴."""
    error = statistics.stdev(shares) / len(shares) ** 0.5
    mean = max(0.0, 1e4 * (1 - statistics.fmean(shares)))  # rounding may leave less than nothing
    return f"{mean:.1f} ± {1e4 * error:.1f}"


def rows(header, body):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in body:
        yield "| " + " | ".join(str(entry) for entry in row) + " |"


def table_of_shares(study, amounts, shares, unit):
    """One line an algorithm, the best last amount first."""
    order = sorted(study.names, key=lambda n: -statistics.fmean(shares(n, amounts[-1])))
    yield from rows(["algorithm", *(f"{a:,} {unit}".strip() for a in amounts), "own s a trial"],
                    [[name, *(missed(shares(name, a)) for a in amounts),
                      f"{study.own_seconds[name]:.3g}"] for name in order])


def half_budget(study, amounts, shares):
    """Ours with half of what the best rival has. The rival is the best in its mean at that budget;
    the interval is of the mean difference between trials of one seed."""
    rivals = [n for n in study.names if n in RIVALS]
    body = []
    for amount in amounts:
        best = max(rivals, key=lambda n: statistics.fmean(shares(n, amount)))
        for ours in (OURS, WITHOUT_PRIOR):
            half = amount // 2 if isinstance(amount, int) else amount / 2
            difference = [a - b for a, b in zip(shares(ours, half), shares(best, amount))]
            error = statistics.stdev(difference) / len(difference) ** 0.5
            mean = statistics.fmean(difference)
            low, high = mean - 1.96 * error, mean + 1.96 * error
            word = "yes" if low > 0 else "no" if high < 0 else "cannot be told"
            body.append([f"{amount:,}", best, ours, f"{1e4 * mean:+.1f} ({1e4 * low:+.1f} to "
                         f"{1e4 * high:+.1f})", word])
    return rows(["budget of the best rival", "best rival", "with half of it", "share more, 10⁻⁴",
                 "as good or better?"], body)


def ablation(program, table, directory, evaluations, trials):
    names = [f"variant-{i}" for i in range(len(ABLATIONS))]
    options = [f"{name}.{option}" for name, changed in zip(names, ABLATIONS.values())
               for option in changed]
    study = Study(program, table, directory, [f"{name}={OURS}" for name in names],
                  ["--evaluations", evaluations[-1]], options, trials)
    return rows(["KEEN", *(f"{n:,}" for n in evaluations), "own s a trial"],
                [[title, *(missed(study.shares_after(name, n)) for n in evaluations),
                  f"{study.own_seconds[name]:.3g}"] for name, title in zip(names, ABLATIONS)])


def unequal(study, budgets):
    """What unequal budgets make of a ranking: the place of each algorithm if it alone has another
    budget and the others have the middle one of these."""
    middle = budgets[len(budgets) // 2]
    fair = {n: statistics.fmean(study.shares_after(n, middle)) for n in study.names}
    body = []
    for name in sorted(study.names, key=lambda n: -fair[n]):
        places = []
        for budget in budgets:
            own = statistics.fmean(study.shares_after(name, budget))
            places.append(1 + sum(share > own for n, share in fair.items() if n != name))
        body.append([name, *places])
    return rows(["place of", *(f"with {b:,}" for b in budgets)], body)


def published(program, table, trials):
    """EC-NAS's own two runs on the 4-vertex table, as its code behaves."""
    common = ("--evaluations", 1000, "--count", "requests", "--trials", trials, "--seed", 1,
              "--reference-point", "1.5,1", "--json")
    body = []
    for name, arguments, stated in (
            ("random search", ("--algorithm", "random", "--sampling", "published"),
             "1.3830 ± 0.0017"),
            ("SEMOA", ("--reference", "semoa-published"), "1.3702 ± 0.045")):
        found = run(program, "search", table.path, *arguments, *common)
        volume = found["hypervolume"]
        evaluations = found["ledger"]["evaluations"] / trials
        body.append([name, stated, f"{volume['mean']:.4f} ± {volume['std']:.4f}",
                     f"{evaluations:.0f}"])
    return rows(["published run, 1,000 requests", "published hypervolume", "re-enacted",
                 "evaluations among the requests"], body)


def contenders():
    return [OURS, f"{WITHOUT_PRIOR}={OURS}", *RIVALS, f"{LOGARITHMS}=ms-ehvi"]


OPTIONS = [f"{WITHOUT_PRIOR}.use_prior=0", f"{LOGARITHMS}.logarithms=1"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("--directory", required=True)
    parser.add_argument("--output", default="docs/search-study.md")
    parser.add_argument("--data")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="fewer evaluations, for trying")
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.directory)
    work.mkdir(parents=True, exist_ok=True)
    trials, program = arguments.trials, arguments.program

    def study(table, name, *limit):
        return Study(program, table, work / name, contenders(), limit, OPTIONS, trials)

    text = []

    def say(*lines):
        text.extend([*lines, ""])

    say("# A study of search algorithms",
        "",
        f"Generated by `tools/search_study.py`, {trials} trials of each algorithm, trial *i* of all "
        "with the same seed; objectives energy and validation error over all budgets. Entries are "
        "the share of the exact front's normalised hypervolume that is *missed*, in 10⁻⁴, mean ± "
        "standard error: less is better. Algorithms have their default options, which are their "
        "papers' ([pages](algorithms)). `keen` knows energies beforehand as the shipped model "
        f"predicts them; `{WITHOUT_PRIOR}` knows nothing. `{LOGARITHMS}` is MS-EHVI with a change "
        "that is not in its paper, to show what of KEEN's lead is that alone. Own seconds are "
        "processor time of a trial on a busy two-core machine.")
    tables = []
    if arguments.data:
        for vertices in (4, 5):
            source = pathlib.Path(arguments.data) / f"ec-nas-{vertices}v-table.csv"
            path = work / f"{vertices}v.ecnas"
            if not path.exists():
                subprocess.run([program, "import", source, "-o", path], check=True,
                               capture_output=True)
            rows_of = "complete" if vertices == 4 else "3,907 of its rows"
            tables.append(Table(program, path, f"the published {vertices}-vertex table "
                                               f"({rows_of})"))
    tables.append(Table(program, "ecnas-7v", "the built-in benchmark `ecnas-7v`"))

    for table in tables:
        name = pathlib.Path(table.path).stem
        large = name == "ecnas-7v"
        amounts = [30, 60, 100, 200, 300] if not large else [30, 100, 300, 1000]
        if arguments.quick:
            amounts = amounts[:2]
        by_count = study(table, f"{name}-evaluations", "--evaluations", amounts[-1])
        say(f"## On {table.title}", "", "After so many evaluations:", "",
            *table_of_shares(by_count, amounts, by_count.shares_after, ""))
        say("Half the budget of the best rival:", "",
            *half_budget(by_count, [a for a in amounts if a >= 60], by_count.shares_after))
        energies = [2.5, 5.0, 10.0, 20.0] if not large else [3.0, 10.0]
        if arguments.quick:
            energies = energies[:1]
        by_energy = study(table, f"{name}-energy", "--max-energy", energies[-1])
        say("At equal simulated energy, of trials that were told their limit of "
            f"{energies[-1]:g} kWh:", "",
            *table_of_shares(by_energy, energies, by_energy.shares_at, "kWh"))
        say("Half the energy of the best rival:", "",
            *half_budget(by_energy, energies[1:], by_energy.shares_at))
        if name != "5v":
            say("What each ingredient is worth:", "",
                *ablation(program, table, work / f"{name}-ablation", amounts[:3], trials))
        say("What `ecnas compare` says after all evaluations:", "",
            *(f"> {sentence}" for sentence in by_count.document["verdict"]))
        print(f"{name}: {by_count.wall_s:.0f} s and {by_energy.wall_s:.0f} s", flush=True)
        if name == "4v":
            say("## The published runs' conditions", "",
                "EC-NAS compared algorithms at unequal numbers of evaluations, between 110 and "
                "17,250. Its own two runs again, as its code behaves, on the same table:", "",
                *published(program, table, trials))
            if not arguments.quick:
                say("What unequal budgets make of a ranking: the place of each algorithm if it alone "
                    "has the evaluations of a column and all others 110. Half as many evaluations or "
                    "a third more move most algorithms by more places than lie between them, so an "
                    "order of algorithms with unequal budgets says little of the algorithms.", "",
                    *unequal(by_count, [60, 110, 143]))
    pathlib.Path(arguments.output).write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
