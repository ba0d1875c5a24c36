"""Scripts of search as people write them for NAS-Bench-101 run by changing the import only."""

import collections
import copy
import itertools
import random

import numpy as np
import pytest

from ecnas.compat.nasbench import api

INPUT = "input"
OUTPUT = "output"
OPERATIONS = ["conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"]

NUM_VERTICES = 4


def random_spec(nasbench):
    while True:
        matrix = np.triu(np.random.choice([0, 1], size=(NUM_VERTICES, NUM_VERTICES)), 1)
        ops = np.random.choice(OPERATIONS, size=NUM_VERTICES).tolist()
        ops[0], ops[-1] = INPUT, OUTPUT
        spec = api.ModelSpec(matrix=matrix, ops=ops)
        if nasbench.is_valid(spec):
            return spec


def mutated_spec(nasbench, parent):
    while True:
        matrix = copy.deepcopy(parent.original_matrix)
        ops = copy.deepcopy(parent.original_ops)
        for source, target in itertools.combinations(range(NUM_VERTICES), 2):
            if random.random() < 1 / NUM_VERTICES:
                matrix[source, target] = 1 - matrix[source, target]
        for vertex in range(1, NUM_VERTICES - 1):
            if random.random() < 1 / (NUM_VERTICES - 2):
                others = [op for op in nasbench.config["available_ops"] if op != ops[vertex]]
                ops[vertex] = random.choice(others)
        spec = api.ModelSpec(matrix, ops)
        if nasbench.is_valid(spec):
            return spec


def random_search(nasbench, budget_s):
    nasbench.reset_budget_counters()
    times, best = [0.0], [0.0]
    while times[-1] <= budget_s:
        data = nasbench.query(random_spec(nasbench))
        best.append(max(best[-1], data["validation_accuracy"]))
        times.append(nasbench.get_budget_counters()[0])
    return times, best


def regularised_evolution(nasbench, budget_s, population_size=20, tournament_size=5):
    nasbench.reset_budget_counters()
    times, best = [0.0], [0.0]
    population = collections.deque(maxlen=population_size)
    while times[-1] <= budget_s:
        if len(population) < population_size:
            spec = random_spec(nasbench)
        else:
            tournament = random.sample(list(population), tournament_size)
            spec = mutated_spec(nasbench, max(tournament, key=lambda each: each[0])[1])
        data = nasbench.query(spec)
        population.append((data["validation_accuracy"], spec))
        best.append(max(best[-1], data["validation_accuracy"]))
        times.append(nasbench.get_budget_counters()[0])
    return times, best


@pytest.mark.parametrize("search", [random_search, regularised_evolution])
@pytest.mark.parametrize("source", ["ecnas-4v", "three repeats"])
def test_search_scripts_run_by_changing_the_import_only(search, source, three_repeats):
    dataset = three_repeats if source == "three repeats" else source
    runs = []
    for _ in range(2):
        nasbench = api.NASBench(dataset, seed=13)
        np.random.seed(13)
        runs.append(search(nasbench, budget_s=60_000.0))
    times, best = runs[0]
    assert runs[1] == runs[0]
    assert times[-1] > 60_000.0 >= times[-2]
    assert nasbench.get_budget_counters() == (times[-1], 108 * (len(times) - 1))
    exact = max(
        max(point["final_validation_accuracy"] for point in computed[108])
        for computed in nasbench.computed_statistics.values()
    )
    assert 0.9 * exact < best[-1] <= exact
