"""`ecnas train` as people use it, with LibTorch: what it leaves behind, refuses and survives.

    python3 train_test.py PROGRAM
"""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import time
import unittest

from contract import PROGRAM, Directory, ecnas, ecnas_json

CELL = "0110001000010000:conv3x3,maxpool3x3"
HASH = "8cb3a764fd692371153c2c8503f840e0"
SMALL = {"--width": 8, "--stacks": 2, "--cells-per-stack": 1, "--batch-size": 20, "--epochs": 2,
         "--threads": 1, "--batch-norm-momentum": 0.9, "--crop-padding": 1}  # fmt: skip


def write_images(directory, count=240, size=12):
    """IDX files of images whose class one sees: a bright quarter."""
    generator = random.Random(5)
    directory.mkdir(parents=True, exist_ok=True)
    for part, images in (("train", count * 5 // 6), ("t10k", count // 6)):
        pixels = bytearray()
        labels = bytes(i % 4 for i in range(images))
        for label in labels:
            pixels += bytes(generator.randrange(100)
                            + (120 if x // (size // 2) + 2 * (y // (size // 2)) == label else 0)
                            for y in range(size) for x in range(size))  # fmt: skip
        (directory / f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">IIII", 0x803, images, size, size) + pixels)
        (directory / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">II", 0x801, images) + labels)


def numbers(results):
    """What of results is the same for equal seeds: everything but times and energies."""
    keys = ("epochs", "training_steps", "train_accuracy", "validation_accuracy", "test_accuracy")
    return [[evaluation[key] for key in keys] for evaluation in results["evaluation_results"]]


def small(*more):
    """Options of a training of a second, some of them replaced."""
    options = dict(SMALL)
    for name, value in zip(more, more[1:]):
        if name in options:
            options[name] = value
    added, skip = [], False
    for word in more:
        if skip or word in options:
            skip = word in options
            continue
        added.append(word)
    return [*(word for option in options.items() for word in option), "--no-flip", *added]


class Trained(Directory):
    def setUp(self):
        super().setUp()
        self.data = self.directory / "squares"
        write_images(self.data)

    def arguments(self, output, *more):
        return ["train", CELL, "--data", self.data, "-o", self.directory / output, *small(*more)]

    def results(self, output):
        return json.loads((self.directory / output / "results.json").read_text())

    def trained(self, output, *more):
        ecnas(*self.arguments(output, *more))
        return self.results(output)

    def refused_training(self, status, *arguments, **settings):
        """One line that begins with the program's name."""
        output, errors = ecnas(*arguments, status=status, **settings)
        self.assertEqual(output, b"")
        self.assertEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertTrue(errors.startswith("ecnas-train: "), errors)
        return errors


class Training(Trained):
    def test_leaves_results_in_the_published_layout_that_import_reads(self):
        results = self.trained("4v/8_epochs/8c/" + HASH + "/repeat_1", "--zone", "DK",
                               "--pue", "1.5", "--epochs", "8")  # fmt: skip
        self.assertEqual(results["model_hash"], HASH)
        self.assertEqual([e["epochs"] for e in results["evaluation_results"]], [0, 2, 4, 8])
        self.assertGreater(results["evaluation_results"][-1]["validation_accuracy"], 0.6)
        ours = results["ecnas"]
        self.assertEqual(ours["skeleton"],
                         {"stem_width": 8, "stacks": 2, "cells_per_stack": 1, "classes": 10,
                          "image_size": 12, "image_channels": 1})  # fmt: skip
        self.assertEqual(ours["images"], {"train": 160, "validation": 40, "test": 40})
        self.assertIn("DK", ours["carbon_intensity_source"])
        # What was measured is what the published keys say, PUE on top.
        joules = sum(sum(map(sum, kind["avg_energy_usages (J)"]))
                     for kind in results["avg_power_usages:"].values())
        self.assertAlmostEqual(results["total_energy (kWh)"], 1.5 * joules / 3.6e6, delta=1e-12)
        last = results["evaluation_results"][-1]
        self.assertLess(last["energy (kWh)"], results["total_energy (kWh)"])
        self.assertLess(last["training_time"], results["total_time"])
        table = self.directory / "t.ecnas"
        ecnas("import", self.directory / "4v", "-o", table)
        info = ecnas_json("info", table)
        self.assertEqual((info["cells"], info["pue"]), (1, 1.5))
        query = ecnas_json("query", table, HASH, "--epochs", "8")
        self.assertIn("energy_kwh", json.dumps(query))
        ecnas("verify", table)

    def test_the_measurement_has_the_runs_regions(self):
        self.trained("run")
        document = json.loads((self.directory / "run" / "measurement.json").read_text())
        names = [span["name"] for span in document["spans"]]
        self.assertEqual(names[0], "start-up")
        self.assertEqual(names.count("evaluation"), 4)
        self.assertGreaterEqual(names.count("training"), 3)

    def test_equal_seeds_give_equal_results_and_others_do_not(self):
        first = self.trained("a", "--seed", "7")
        self.assertEqual(numbers(first), numbers(self.trained("b", "--seed", "7")))
        self.assertNotEqual(numbers(first), numbers(self.trained("c", "--seed", "8")))

    def test_a_training_that_is_stopped_and_resumed_ends_as_one_that_was_not(self):
        options = ["--epochs", "200", "--checkpoint-every", "0"]
        whole = self.trained("whole", *options)
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            name = f"stopped-{how}"
            checkpoint = self.directory / name / "checkpoint.safetensors"
            arguments = [PROGRAM, *map(str, self.arguments(name, *options, "--resume"))]
            process = subprocess.Popen(arguments, stderr=subprocess.PIPE)
            while not checkpoint.exists() and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(how)
            errors = process.communicate()[1].decode()
            if how == signal.SIGKILL:
                self.assertEqual(process.returncode, -signal.SIGKILL)
            else:
                self.assertEqual(process.returncode, 130, errors)
                self.assertIn("--resume", errors)
            resumed = self.trained(name, *options, "--resume")
            self.assertEqual(numbers(resumed), numbers(whole))
            self.assertGreater(resumed["ecnas"]["resumed_at_step"], 0)
            self.assertFalse(checkpoint.exists())

    def test_refuses_what_makes_no_sense(self):
        for more, part in ((["--epochs", "0"], "epochs: 0"), (["--width", "4"], "stem_width"),
                           (["--learning-rate", "nan"], "learning rate"),
                           (["--optimizer", "lion"], "rmsprop"), (["--device", "tpu"], "cuda:N"),
                           (["--images", "1000000"], "1000000"), (["--pue", "0.5"], "--pue"),
                           (["--batch-size", "10000"], "batch"),
                           (["--zone", "XX"], "XX"), (["--no-such-option"], "--help")):  # fmt: skip
            with self.subTest(more=more):
                errors = self.refused_training(2, *self.arguments("x", *more))
                self.assertIn(part.replace(",", ""), errors.replace(",", ""))
        self.refused_training(2, "train", "0100:conv3x3", "--data", self.data)
        self.refused_training(2, "train", "--data", self.data)
        self.refused_training(4, "train", "0" * 32, "--data", self.data)
        self.refused_training(4, "train", CELL, "--data", self.directory / "nothing")

    def test_a_card_that_is_not_there_is_a_missing_device(self):
        errors = self.refused_training(6, *self.arguments("x", "--device", "cuda:63"))
        self.assertIn("--device cpu", errors)

    def test_data_that_is_empty_short_or_damaged_is_refused(self):
        empty = self.directory / "empty"
        empty.mkdir()
        self.refused_training(3, "train", CELL, "--data", empty)
        for name in ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
            for damage in (lambda data: data[:-1], lambda data: data + b"x",
                           lambda data: b"\xff" + data[1:]):  # fmt: skip
                file = self.data / name
                whole = file.read_bytes()
                file.write_bytes(damage(whole))
                self.refused_training(3, *self.arguments("x"))
                file.write_bytes(whole)

    def test_results_that_are_there_are_not_overwritten(self):
        self.trained("run")
        before = (self.directory / "run" / "results.json").read_bytes()
        self.refused_training(2, *self.arguments("run"))
        self.assertEqual((self.directory / "run" / "results.json").read_bytes(), before)

    def test_a_loss_that_is_no_number_is_a_typed_failure(self):
        errors = self.refused_training(7, *self.arguments("x", "--learning-rate", "1e30"))
        self.assertIn("diverged", errors)
        failure = json.loads((self.directory / "x" / "failure.json").read_text())
        self.assertEqual((failure["kind"], failure["model_hash"]), ("diverged", HASH))
        self.assertFalse((self.directory / "x" / "results.json").exists())

    def test_too_little_memory_says_what_to_reduce(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

        errors = self.refused_training(
            7, "train", CELL, "--data", self.data, "-o", self.directory / "x", "--width", "2000",
            "--batch-size", "64", "--threads", "1", preexec_fn=limit)  # fmt: skip
        self.assertIn("--batch-size", errors)
        failure = json.loads((self.directory / "x" / "failure.json").read_text())
        self.assertEqual(failure["kind"], "out_of_memory")

    def test_a_full_disk_fails_the_run_and_leaves_no_results(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))

        self.refused_training(5, *self.arguments("x"), preexec_fn=limit)
        self.assertFalse((self.directory / "x" / "results.json").exists())

    def test_without_its_program_it_says_what_to_install(self):
        alone = self.directory / "bin" / "ecnas"
        alone.parent.mkdir()
        shutil.copy(PROGRAM, alone)
        result = subprocess.run([alone, "train", CELL], capture_output=True, check=False,
                                env={**os.environ, "PATH": str(self.directory)})
        self.assertEqual(result.returncode, 6)
        self.assertIn(b"libtorch-dev", result.stderr)

    def test_proxies_are_written_for_every_cell(self):
        proxies = self.directory / "proxies.csv"
        ecnas("train", "--proxies", "--max-vertices", "3", "--data", self.data, "-o", proxies,
              *small())
        lines = proxies.read_text().splitlines()
        self.assertEqual(len(lines), 1 + 7)
        self.assertEqual(lines[0].split(",")[:3], ["hash", "trainable_parameters", "flops"])
        for line in lines[1:]:
            self.assertNotIn("nan", line)

    def test_json_is_the_results(self):
        output, _ = ecnas(*self.arguments("run", "--json"))
        self.assertEqual(json.loads(output), self.results("run"))


class RealSweep(Trained):
    """A sweep of real trainings, killed again and again."""

    def test_twenty_kills_lose_nothing_and_do_nothing_twice(self):
        spec = self.directory / "spec.toml"
        spec.write_text(f"""budgets = [2]
repeats = 2
[cells]
space = "3v"
[data]
path = "{self.data}"
[training]
width = 8
stacks = 2
cells_per_stack = 1
batch_size = 20
threads = 1
""")
        sweep = self.directory / "sweep"
        ecnas("sweep", "create", spec, "-o", sweep)
        generator = random.Random(3)
        for _ in range(20):
            process = subprocess.Popen([PROGRAM, "sweep", "run", sweep], start_new_session=True,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(generator.uniform(0.05, 1.5))
            process.kill()
            process.wait()
        ecnas("sweep", "run", sweep)
        status = ecnas_json("sweep", "status", sweep)
        self.assertEqual((status["done"], status["failed"], status["open"]), (14, 0, 0))
        results = sorted((sweep / "runs").rglob("results.json"))
        self.assertEqual(len(results), 14)
        table = self.directory / "t.ecnas"
        collected = ecnas_json("sweep", "collect", sweep, "-o", table)
        self.assertEqual((collected["cells"], collected["left"]), (7, 0))
        # A training that was killed and resumed ends as the same training alone.
        resumed = [file for file in results if "resumed_at_step" in file.read_text()]
        for file in (resumed or results)[:2]:
            document = json.loads(file.read_text())
            again = self.directory / "again" / str(document["ecnas"]["seed"])
            ecnas("train", document["ecnas"]["cell"], "--data", self.data, "-o", again, "--width",
                  "8", "--stacks", "2", "--cells-per-stack", "1", "--batch-size", "20", "--threads",
                  "1", "--epochs", "2", "--seed", document["ecnas"]["seed"])  # fmt: skip
            self.assertEqual(numbers(json.loads((again / "results.json").read_text())),
                             numbers(document))


if __name__ == "__main__":
    unittest.main(argv=[str(pathlib.Path(__file__))])
