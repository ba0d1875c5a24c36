"""The program keeps its contracts of surrogates: damaged models, bad data.

Standard library only. Usage: surrogate_contract_test.py PROGRAM
"""

import csv
import io
import itertools
import json
import math
import pathlib
import random
import re
import resource
import struct
import subprocess
import sys
import tempfile
import unittest

from contract import DATA, PROGRAM, Directory, ecnas, ecnas_json


class Safetensors:
    """A safetensors file taken apart, to be changed and put together again."""

    def __init__(self, path):
        whole = pathlib.Path(path).read_bytes()
        length, = struct.unpack("<Q", whole[:8])
        header = json.loads(whole[8:8 + length])
        data = whole[8 + length:]
        self.metadata = header.pop("__metadata__")
        self.tensors = {name: (entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
                        for name, entry in header.items()}

    def changed(self, name, shape, content, dtype=None):
        """The same file but for one tensor."""
        other = Safetensors.__new__(Safetensors)
        other.metadata = dict(self.metadata)
        other.tensors = dict(self.tensors)
        other.tensors[name] = (dtype or self.tensors[name][0], shape, content)
        return other

    def without(self, name):
        other = self.changed(name, [], b"")
        del other.tensors[name]
        return other

    def write(self, path):
        header = {"__metadata__": self.metadata}
        data = b""
        by_alignment = sorted(self.tensors.items(), key=lambda item: -int(item[1][0][1:]))
        for name, (dtype, shape, content) in by_alignment:
            header[name] = {"dtype": dtype, "shape": shape,
                            "data_offsets": [len(data), len(data) + len(content)]}
            data += content
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
        return path


def labellings(cell):
    """Every ADJACENCY:OPS of a cell: its inner vertices in every order that edges allow."""
    digits, _, names = cell.partition(":")
    operations = names.split(",") if names else []
    count = math.isqrt(len(digits))
    edges = [divmod(i, count) for i, digit in enumerate(digits) if digit == "1"]
    found = set()
    for order in itertools.permutations(range(1, count - 1)):
        place = (0, *order, count - 1)  # of each vertex
        if any(place[source] >= place[target] for source, target in edges):
            continue
        matrix = ["0"] * len(digits)
        for source, target in edges:
            matrix[place[source] * count + place[target]] = "1"
        moved = sorted(range(1, count - 1), key=lambda vertex: place[vertex])
        found.add("".join(matrix) + ":" + ",".join(operations[v - 1] for v in moved))
    return sorted(found)


class MadeUpCells(Directory):
    """Made-up values of every second cell of 4 vertices, as CSV, and models fitted on them."""

    COLUMNS = ["hash", "adjacency", "ops", "epochs", "energy_kwh", "training_time_s",
               "validation_accuracy", "pue"]
    FAMILIES = {"ridge": "energy_kwh", "trees": "energy_kwh", "gaussian_process": "energy_kwh",
                "mlp": "energy_kwh", "graph": "validation_accuracy"}

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(holder.cleanup)
        shared = pathlib.Path(holder.name)
        listed = csv.DictReader(io.StringIO(
            ecnas("space", "list", "--max-vertices", 4)[0].decode()))
        generator = random.Random(3)
        cls.rows = []
        for row in itertools.islice(listed, 0, None, 2):
            energy = 2e-5 * int(row["trainable_parameters"]) ** 0.45 * generator.uniform(0.95, 1.05)
            cls.rows.append(dict(zip(cls.COLUMNS, [
                row["hash"], *cls.graph(row["cell"]), 4, f"{energy:.6f}", f"{4000 * energy:.3f}",
                f"{generator.uniform(0.3, 0.6):.4f}", 1])))
        cls.data = cls.write_rows(shared / "cells.csv", cls.rows)
        cls.models = {}
        for family, target in cls.FAMILIES.items():
            cls.models[family] = shared / f"{family}.safetensors"
            ecnas("surrogate", "fit", "--target", target, "--data", cls.data, "--family", family,
                  "--members", 1, "--network-epochs", 1, "--folds", 2, "-o", cls.models[family])

    @staticmethod
    def graph(cell):
        """Columns `adjacency` and `ops` of a cell."""
        adjacency, _, names = cell.partition(":")
        return adjacency, ";".join(["input", *filter(None, names.split(",")), "output"])

    @staticmethod
    def write_rows(path, rows):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def with_rows(self, rows):
        return self.write_rows(self.directory / "changed.csv", rows)

    def with_value(self, line, **values):
        """The data with other values in the row of this line, from 1 as editors count."""
        rows = [dict(row) for row in self.rows]
        rows[line - 2].update(values)
        return self.with_rows(rows)

    def twice(self, line, labelling, **values):
        """The data with the cell of a line again at the end, labelled so, with other values."""
        adjacency, ops = self.graph(labelling)
        return self.with_rows([*self.rows, dict(self.rows[line - 2], adjacency=adjacency, ops=ops,
                                                **values)])

    def line_of_several_labellings(self):
        """The line of a cell that can be written in more than one way, and those ways."""
        for line, row in enumerate(self.rows, start=2):
            operations = [name.removesuffix("-bn-relu") for name in row["ops"].split(";")[1:-1]]
            found = labellings(f"{row['adjacency']}:{','.join(operations)}")
            if len(found) > 1:
                return line, found
        raise AssertionError("no such cell")

    def fit(self, data, *arguments, status=0, target="energy_kwh", family="ridge"):
        command = ["surrogate", "fit", "--target", target, "--data", data, "--family", family,
                   "-o", self.directory / "new.safetensors", *arguments]
        if status == 0:
            return ecnas(*command)
        errors = self.refused(status, *command)
        self.assertFalse((self.directory / "new.safetensors").exists())
        return errors

    def predict(self, model, *arguments):
        return ecnas_json("surrogate", "predict", "0100:", "--epochs", 4, "--model", model,
                          *arguments)


class DamagedModels(MadeUpCells):
    def refuses(self, content, **settings):
        path = self.directory / "damaged.safetensors"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            content.write(path)
        return self.refused(3, "surrogate", "predict", "0100:", "--epochs", 4, "--model", path,
                            "--threads", 1, **settings)

    def assert_names(self, errors, tensor):
        """A complaint is of the tensor, or of a group of tensors that it is in."""
        groups = re.findall("tensors '(.*?)…", errors)
        self.assertTrue(f"tensor '{tensor}'" in errors or any(map(tensor.startswith, groups)),
                        (tensor, errors))

    def assert_names_one_like(self, errors, tensor):
        """A complaint is of the tensor, or of one beside it that it no longer agrees with."""
        self.assertRegex(errors, "tensors? '" + re.escape(tensor.rpartition(".")[0]))

    def test_truncated_and_random_files_are_bad_input(self):
        generator = random.Random(4)
        whole = self.models["ridge"].read_bytes()
        for content in (b"", whole[:7], whole[:300], whole[:-1], whole + b"x",
                        generator.randbytes(5000), b"\x40" + bytes(7) + generator.randbytes(5000)):
            self.refuses(content)

    def test_another_version_is_bad_input_and_said(self):
        model = Safetensors(self.models["ridge"])
        model.metadata["format_version"] = "2"
        self.assertIn("it is of version 2, this program reads 1", self.refuses(model))

    def test_an_accuracy_that_is_scaled_with_epochs_is_bad_input(self):
        model = Safetensors(self.models["graph"])
        described = json.loads(model.metadata["surrogates"])
        next(iter(described.values()))["scaled_from"] = 4
        model.metadata["surrogates"] = json.dumps(described)
        self.assertIn("it scales an accuracy with epochs", self.refuses(model))

    def test_a_tensor_that_is_missing_or_of_another_shape_or_nan_is_named(self):
        for family in self.FAMILIES:
            model = Safetensors(self.models[family])
            self.predict(model.write(self.directory / "same.safetensors"))
            for name, (dtype, shape, content) in model.tensors.items():
                row = len(content) // shape[0]
                with self.subTest(family=family, tensor=name):
                    self.assert_names(self.refuses(model.without(name)), name)
                    self.assert_names_one_like(self.refuses(model.changed(
                        name, [shape[0] + 1, *shape[1:]], content + content[:row])), name)
                    self.assert_names(self.refuses(model.changed(name, [4], bytes(4), "U8")), name)
                    if dtype != "F32":
                        continue
                    nan = struct.pack("<f", math.nan)
                    self.assert_names(
                        self.refuses(model.changed(name, shape, content[:-4] + nan)), name)

    def test_every_damaged_byte_is_refused_or_leaves_a_model_that_predicts(self):
        whole = self.models["trees"].read_bytes()
        generator = random.Random(5)
        path = self.directory / "damaged.safetensors"
        for _ in range(100):
            changed = bytearray(whole)
            changed[generator.randrange(min(20_000, len(whole)))] ^= 1 << generator.randrange(8)
            path.write_bytes(changed)
            result = subprocess.run([PROGRAM, "surrogate", "predict", "0100:", "--epochs", "4",
                                     "--model", path], capture_output=True, check=False)
            self.assertIn(result.returncode, (0, 3, 4), result.stderr)

    def test_huge_counts_are_refused_without_allocating_them(self):
        limit = 3 << 29  # the program alone maps some 300 MiB

        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        for path in self.models.values():
            if subprocess.run([PROGRAM, "surrogate", "predict", "0100:", "--epochs", "4", "--model",
                               path, "--threads", "1"], capture_output=True, check=False,
                              preexec_fn=limited).returncode != 0:
                self.skipTest("the program does not run in 1.5 GiB of addresses here")
        huge = [0xffffffff, 0x7fffffff, 1 << 20, 1024]
        graph = Safetensors(self.models["graph"])
        name = next(name for name in graph.tensors if name.endswith(".member0.shape"))
        numbers = list(struct.unpack("<5I", graph.tensors[name][2]))
        for index, value in itertools.product(range(5), huge):
            hostile = struct.pack("<5I", *numbers[:index], value, *numbers[index + 1:])
            self.assert_names_some_tensor(self.refuses(graph.changed(name, [5], hostile),
                                                       preexec_fn=limited))
        largest = struct.pack("<5I", 256, 1024, 32, 1024, 1)  # each within its range
        self.assert_names_some_tensor(self.refuses(graph.changed(name, [5], largest),
                                                   preexec_fn=limited))
        for family in ("trees", "gaussian_process", "mlp"):
            model = Safetensors(self.models[family])
            for value in huge:
                self.assert_names_some_tensor(self.refuses(
                    model.changed("energy_kwh.member0.outputs", [1], struct.pack("<I", value)),
                    preexec_fn=limited))
            for tensor, (_, shape, content) in model.tensors.items():
                with self.subTest(family=family, tensor=tensor):
                    for hostile in ([1 << 40, *shape[1:]], [1 << 62, 1 << 62], [1 << 63]):
                        self.assertIn(tensor, self.refuses(model.changed(tensor, hostile, content),
                                                           preexec_fn=limited))
                    for empty in ([0], [0, 1 << 40]):
                        self.assert_names_some_tensor(self.refuses(
                            model.changed(tensor, empty, b""), preexec_fn=limited))

    def assert_names_some_tensor(self, errors):
        self.assertRegex(errors, "tensors? '(energy_kwh|validation_accuracy)\\.")

    def test_a_feature_named_again_and_again_is_refused(self):
        model = Safetensors(self.models["ridge"])
        count = 100_000
        name = "energy_kwh.member0."
        model = model.changed(name + "features", [count], bytes(4 * count))
        for part in ("mean", "inverse_deviation"):
            model = model.changed(name + part, [count], bytes(4 * count))
        model = model.changed(name + "coefficients", [1, count + 1], bytes(4 * (count + 1)))
        self.assertIn(f"tensor '{name}features' does not ascend", self.refuses(model))


class Surrogates(MadeUpCells):
    def test_what_no_model_should_be_fitted_on_is_bad_input(self):
        few = self.with_rows(self.rows[:19])
        self.assertIn("changed.csv: energy_kwh of 19 cells; a model needs 20 at least",
                      self.fit(few, status=3))
        constant = self.with_rows([dict(row, energy_kwh=0.01) for row in self.rows])
        self.assertIn("changed.csv: energy_kwh at 4 epochs is 0.01 for all cells",
                      self.fit(constant, status=3))
        for value in ("nan", "-0.1", "-inf", "inf", "much"):
            self.assertIn("changed.csv:7: ", self.fit(self.with_value(7, energy_kwh=value),
                                                      status=3))
        zero = self.fit(self.with_value(7, energy_kwh=0), status=3)
        self.assertIn(f"changed.csv: energy_kwh of cell {self.rows[5]['hash']}", zero)
        self.fit(self.with_rows(self.rows[:20]))

    def test_two_values_of_a_cell_are_bad_input_and_both_lines_named(self):
        line, found = self.line_of_several_labellings()
        for labelling in found:
            errors = self.fit(self.twice(line, labelling, energy_kwh=0.5), status=3)
            self.assertIn(f"changed.csv:{len(self.rows) + 2}: energy_kwh", errors)
            self.assertIn(f"in line {line};", errors)
            self.fit(self.twice(line, labelling))  # the same value again
            (self.directory / "new.safetensors").unlink()

    def test_absent_things_exit_with_4(self):
        evaluate = ["surrogate", "evaluate", "--target"]
        self.assertIn("predicts no energy_kwh; there are validation_accuracy", self.refused(
            4, *evaluate, "energy_kwh", "--data", self.data, "--model", self.models["graph"]))
        model = ["--model", self.models["ridge"]]
        self.refused(4, *evaluate, "energy_kwh", "--data", self.directory / "absent.csv", *model)
        self.refused(4, *evaluate, "energy_kwh", "--data", self.data, "--epochs", 12, *model)
        self.refused(4, "surrogate", "cross-validate", "--target", "test_accuracy", "--data",
                     self.data)  # no such column
        self.refused(4, *evaluate, "energy_kwh", "--data", self.data, "--model",
                     self.directory / "absent.safetensors")
        self.fit(self.directory / "absent.csv", status=4)
        self.fit(self.data, "--add-to", self.directory / "absent.safetensors", status=4)
        self.refused(4, "surrogate", "predict", "0100:", "--model", self.models["ridge"],
                     "--epochs", 7)
        self.refused(4, "surrogate", "predict", "0100:", "--model", self.models["ridge"],
                     "--target", "test_accuracy", "--epochs", 4)

    def test_bad_usage_exits_with_2(self):
        for arguments in (["--target", "loss"], ["--family", "forest"], ["--family", "reference"],
                          ["--kind", "best"], ["--kind", "sample"], ["--folds", 1], ["--folds", -5],
                          ["--members", 0], ["--members", -1], ["--members", 257],
                          ["--network-epochs", -1], ["--seed", -1], ["--seed", 1 << 64],
                          ["--scale-to", 0], ["--scale-to", -4], ["--data-pue", 0.5],
                          ["--data-pue", "nan"]):
            command = {"--target": "energy_kwh", "--family": "ridge"}
            command.update([arguments])
            with self.subTest(arguments=arguments):
                self.refused(2, "surrogate", "fit", "--data", self.data, "-o",
                             self.directory / "new.safetensors", *itertools.chain(*command.items()))
        self.fit(self.data, "--scale-to", 12, target="validation_accuracy", status=2)
        predict = ["surrogate", "predict", "0100:", "--model", self.models["ridge"], "--epochs", 4]
        for pue in (0.5, "nan", "inf", -1):
            self.refused(2, *predict, "--pue", pue)
        self.refused(2, *predict[:2], "no-cell", *predict[3:])
        self.refused(2, "surrogate", "learning-curve", "--target", "energy_kwh", "--data",
                     self.data, "--sizes", -20)
        self.refused(2, "surrogate", "transfer", "--data", self.data, "--seed", -1)
        for seed in (-1, 1 << 64, "x"):
            self.refused(2, "query", "space-4v", "0100:", "--noise-seed", seed)

    def test_adding_to_a_model_is_refused_before_the_fitting(self):
        slow = ["--network-epochs", 100_000, "--members", 256]  # would take hours
        errors = self.fit(self.data, *slow, "--add-to", self.models["ridge"], family="graph",
                          status=2)
        self.assertIn("already predicts energy_kwh", errors)
        errors = self.fit(self.data, *slow, "--add-to", self.models["graph"], family="graph",
                          target="validation_accuracy", status=2)
        self.assertIn("already predicts validation_accuracy", errors)
        self.refused(5, "surrogate", "fit", "--target", "energy_kwh", "--data", self.data,
                     "--family", "graph", *slow, "-o", self.directory / "absent" / "x")
        published = DATA / "ec-nas-reference-mlp.safetensors"
        if published.exists():
            for target in ("energy_kwh", "training_time_s"):
                errors = self.fit(self.data, *slow, "--add-to", published, target=target,
                                  family="graph", status=2)
                self.assertIn("for comparison only", errors)

    def test_adding_to_a_model_keeps_what_it_had(self):
        self.fit(self.data, "--add-to", self.models["ridge"], target="training_time_s")
        both = self.predict(self.directory / "new.safetensors")
        self.assertEqual([one["target"] for one in both], ["energy_kwh", "training_time_s"])
        self.assertEqual(both[:1], self.predict(self.models["ridge"]))

    def test_every_labelling_of_a_cell_is_predicted_the_same(self):
        found = labellings("0111000001000010000100000:conv3x3,maxpool3x3,conv1x1")
        self.assertEqual(len(found), 6)
        for model in self.models.values():
            first, *others = ecnas_json("surrogate", "predict", *found, "--epochs", 4, "--model",
                                        model)
            self.assertEqual(len(others), len(found) - 1)
            for other in others:
                self.assertEqual(other, first)

    def test_faults_in_measurements_for_a_transfer_name_the_line(self):
        def transfer_refuses(path):
            errors = self.refused(3, "surrogate", "transfer", "--data", path, "--model",
                                  self.models["ridge"])
            self.assertIn("changed.csv:", errors)
            return errors

        for value in ("nan", "-1", "0", "inf", "much"):
            self.assertIn(":7: column 'energy_kwh'",
                          transfer_refuses(self.with_value(7, energy_kwh=value)))
        for values in ({"hash": "0" * 32}, {"hash": self.rows[0]["hash"]}, {"hash": "short"},
                       {"adjacency": "0120"}, {"ops": "input;conv9x9;output"}, {"epochs": "0"},
                       {"pue": "1.5"}, {"pue": "0"}):
            self.assertIn(":7: ", transfer_refuses(self.with_value(7, **values)))
        line, found = self.line_of_several_labellings()
        for labelling in found:
            errors = transfer_refuses(self.twice(line, labelling, energy_kwh=0.5))
            self.assertIn(f":{len(self.rows) + 2}: ", errors)
            self.assertIn(f"line {line} ", errors)
        lines = self.data.read_text().splitlines()
        lines[6] += ",1"
        wide = self.directory / "changed.csv"
        wide.write_text("\n".join(lines) + "\n")
        self.assertIn(":7: 9 fields; expected 8", transfer_refuses(wide))
        wide.write_text(lines[0] + "\n")
        transfer_refuses(wide)
        self.assertIn("3 at least", transfer_refuses(self.with_rows(self.rows[:2])))

    def select(self, *arguments):
        return ecnas_json("surrogate", "select", "--data", self.data, *arguments)["cells"]

    def test_selected_cells_are_new_and_within_the_budget_whatever_the_threads(self):
        measured = {row["hash"] for row in self.rows}
        chosen = self.select("--space", "4v", "--budget-kwh", 0.08, "--threads", 1)
        self.assertEqual(chosen, self.select("--space", "4v", "--budget-kwh", 0.08, "--threads", 3))
        hashes = [cell["hash"] for cell in chosen]
        self.assertGreater(len(hashes), 3)
        self.assertEqual(len(set(hashes)), len(hashes))
        self.assertFalse(measured & set(hashes))
        sum_kwh = 0
        for cell in chosen:
            sum_kwh += cell["predicted_energy_kwh"]
            self.assertAlmostEqual(cell["cumulative_energy_kwh"], sum_kwh, places=7)
            self.assertGreater(cell["standard_deviation_kwh"], 0)
        self.assertLessEqual(sum_kwh, 0.08)
        fewer = self.select("--space", "4v", "--budget-kwh", 0.08, "--cells", 2)
        self.assertEqual(fewer, chosen[:2])

    def test_selected_cells_are_written_as_printed_and_candidates_have_any_labelling(self):
        labellings_of_one = labellings("0111000001000010000100000:conv3x3,maxpool3x3,conv1x1")
        listed = self.directory / "candidates.txt"
        chosen = []
        for labelling in labellings_of_one:
            listed.write_text(f"{labelling}\n\n{self.rows[0]['hash']}\n")
            output = self.directory / "chosen.csv"
            chosen.append(self.select("--candidates", listed, "--cells", 5, "-o", output))
            with open(output, newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual([list(row) for row in rows], [list(cell) for cell in chosen[-1]])
            self.assertEqual([{key: str(value) for key, value in cell.items()}
                              for cell in chosen[-1]],
                             [{key: value if key in ("hash", "cell") else str(float(value))
                               for key, value in row.items()} for row in rows])
        self.assertEqual(len(chosen[0]), 1)  # the other is measured
        self.assertTrue(all(cells == chosen[0] for cells in chosen))

    def test_selecting_refuses_bad_candidates_and_leaves_no_output(self):
        output = self.directory / "chosen.csv"
        listed = self.directory / "candidates.txt"
        for content, status, part in (("", 3, "there are no cells"), ("\n\n", 3, "no cells"),
                                      ("0100:\n0120:\n", 3, "line 2: "),
                                      ("0100:\n" + "f" * 32, 3, "line 2: "),
                                      ("0100:\n", 2, "measured already")):
            listed.write_text(content)
            errors = self.refused(status, "surrogate", "select", "--data", self.data,
                                  "--candidates", listed, "--cells", 1, "-o", output)
            self.assertIn(part, errors)
            self.assertFalse(output.exists())
        for arguments in (("--cells", 0), ("--cells", -1), ("--budget-kwh", 0),
                          ("--budget-kwh", -1), ("--cells", 1, "--diversity", 2),
                          ("--cells", 1, "--seed", -1), ("--cells", 1, "--folds", 1)):
            ecnas("surrogate", "select", "--data", self.data, "--space", "4v", *arguments, status=2)
        self.refused(5, "surrogate", "select", "--data", self.data, "--space", "4v", "--cells", 1,
                     "-o", self.directory / "nowhere" / "chosen.csv")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
