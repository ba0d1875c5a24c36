"""The program keeps its contracts: on the published data where it is there, and on bad input.

Standard library only. Usage: contract_test.py PROGRAM
"""

import hashlib
import json
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

from contract import DATA, MADE_UP, PROGRAM, Directory, ecnas, ecnas_json


class TheSpace(unittest.TestCase):
    def test_counts_of_every_size_are_the_published_ones(self):
        for vertices, cells in zip(range(2, 8), [1, 7, 91, 2532, 64542, 423624]):
            self.assertEqual(ecnas_json("space", "count", "--max-vertices", vertices)["cells"], cells)

    def test_list_has_every_hash_once_and_the_published_digest(self):
        lines = ecnas("space", "list", "--max-vertices", 5)[0].decode().splitlines()[1:]
        hashes = sorted(line.split(",")[0] for line in lines)
        digest = hashlib.sha256("".join(h + "\n" for h in hashes).encode()).hexdigest()
        self.assertEqual(digest, "00b824f62188008025fc1e01953b9445822d687c6151b1b9b5b9ae524b8d59db")


@unittest.skipUnless((DATA / "ec-nas-4v-table.csv").exists(), f"no published tables in {DATA}")
class ThePublishedTable(Directory):
    def published(self):
        return self.table(DATA / "ec-nas-4v-table.csv")

    def test_front_has_34_points_and_the_stated_hypervolume(self):
        front = ecnas_json("front", self.published(), "--objectives", "energy,validation_error",
                           "--reference-point", "1.5,1")
        self.assertEqual(len(front["points"]), 34)
        self.assertAlmostEqual(front["hypervolume"], 1.390108743, delta=2e-7)
        self.assertAlmostEqual(front["extrema"]["energy"]["energy_kwh"], 0.005668, places=9)

    def test_front_and_search_agree_on_the_reference_point(self):
        front = ecnas_json("front", self.published())
        search = ecnas_json("search", self.published(), "--evaluations", 364)
        self.assertEqual(front["reference_point"], search["reference_point"])
        self.assertGreater(search["hypervolume_share"]["mean"], 0.999)

    def test_raw_results_equal_the_table_in_energy_and_time(self):
        raw = self.directory / "raw.ecnas"
        ecnas("import", DATA / "ec-nas-4v-results.tar.xz", "-o", raw)
        for cell in ("0100:", "0110001000010000:conv3x3,maxpool3x3"):
            measured = ecnas_json("query", raw, cell, "--epochs", 4, "--repeat", 1)
            published = ecnas_json("query", self.published(), cell, "--epochs", 4)
            for metric in ("energy_kwh", "training_time_s"):
                self.assertEqual(measured[metric]["value"], published[metric]["value"])

    def test_info_states_pue_devices_and_provenance(self):
        raw = self.directory / "raw.ecnas"
        ecnas("import", DATA / "ec-nas-4v-results.tar.xz", "-o", raw)
        info = ecnas_json("info", raw)
        self.assertEqual((info["cells"], info["budgets"], info["repeats"]), (91, [4], 3))
        self.assertAlmostEqual(info["pue"], 1.59, places=3)
        self.assertTrue(any("RTX 6000" in device for device in info["devices"]))
        self.assertEqual(info["metrics"]["energy_kwh"]["provenance"]["measured"], 273)


class Searches(Directory):
    def test_same_seed_gives_the_same_bytes_on_one_thread_and_on_two(self):
        outputs = []
        for threads in (1, 2):
            directory = self.directory / f"runs-{threads}"
            output, _ = ecnas("search", self.table(), "--evaluations", 8, "--trials", 6, "--seed",
                              3, "--threads", threads, "--output", directory, "--json")
            outputs.append((output, self.tree(directory)))
        self.assertEqual(outputs[0], outputs[1])
        # A log and a front a trial, the parameters; the study's parameters, and a file a trial.
        self.assertEqual(len(outputs[0][1]), 2 * 6 + 1 + 1 + 6)

    def test_a_search_that_was_killed_goes_on_and_ends_with_the_same_bytes(self):
        arguments = ["--evaluations", 40, "--trials", 40, "--seed", 3, "--threads", 1, "--output"]
        directory = self.directory / "killed"
        command = [PROGRAM, "search", self.table(), *arguments, directory]
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        while process.poll() is None and len(list(directory.glob("study/trials/*"))) < 3:
            time.sleep(0.001)
        process.kill()
        process.communicate(timeout=120)
        finished = list(directory.glob("study/trials/*.csv"))
        self.assertLess(len(finished), 40, "killed too late to show anything")
        before = {path.name: path.stat().st_mtime_ns for path in finished}
        ecnas("search", self.table(), *arguments, directory, "--resume")
        for name, time_ns in before.items():
            self.assertEqual((directory / "study" / "trials" / name).stat().st_mtime_ns, time_ns)
        whole = self.directory / "whole"
        ecnas("search", self.table(), *arguments, whole)
        # A file that was being written when the program was killed stays beside, under its own name.
        resumed = {path: content for path, content in self.tree(directory).items()
                   if ".part" not in path.name}
        self.assertEqual(resumed, self.tree(whole))


    def test_log_holds_every_evaluation_with_its_cumulative_cost(self):
        directory = self.directory / "runs"
        report = ecnas_json("search", self.table(), "--evaluations", 9, "--output", directory)
        lines = [json.loads(line) for line in (directory / "trial-001.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), 9)
        energies = [line["energy_kwh"] for line in lines]
        self.assertAlmostEqual(lines[-1]["cumulative"]["energy_kwh"], sum(energies), places=6)
        self.assertAlmostEqual(report["ledger"]["energy_kwh"], sum(energies), places=6)
        header, *rows = (directory / "front-001.csv").read_text().splitlines()
        self.assertEqual(header, "hash,cell,epochs,energy_kwh,validation_error")
        self.assertEqual(len(rows), len(report["trials"][0]["front"]))

    def test_a_trial_run_again_alone_by_its_seed_finds_the_same(self):
        both = ecnas_json("search", self.table(), "--evaluations", 7, "--trials", 3, "--seed", 5)
        seed = both["trials"][2]["seed"]
        alone = ecnas_json("search", self.table(), "--evaluations", 7, "--seed", seed)
        self.assertEqual(alone["trials"][0], both["trials"][2])

    def test_an_interrupt_writes_what_is_done_says_so_and_exits_with_130(self):
        directory = self.directory / "runs"
        process = subprocess.Popen(
            [PROGRAM, "search", "space-5v", "--evaluations", "2000", "--trials", "1000000",
             "--threads", "2", "--output", directory], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        while not directory.exists():
            time.sleep(0.01)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn(b"interrupted", errors)
        logs = list(directory.glob("trial-*.jsonl"))
        self.assertGreater(len(logs), 0)
        self.assertTrue((directory / "parameters.json").exists())
        self.assertEqual(list(directory.glob("*.part*")), [])
        for log in logs:
            for line in log.read_text().splitlines():
                json.loads(line)


class BadInput(Directory):
    def damaged(self, content):
        path = self.directory / "damaged.ecnas"
        path.write_bytes(content)
        return path

    def test_tables_that_are_truncated_empty_or_random_are_bad_input(self):
        whole = self.table().read_bytes()
        generator = random.Random(1)
        for content in (b"", whole[:7], whole[:100], whole[:-1], whole + b"x",
                        generator.randbytes(10_000)):
            self.refused(3, "info", self.damaged(content))

    def test_hostile_headers_are_bad_input(self):
        whole = self.table().read_bytes()
        length = struct.unpack("<Q", whole[:8])[0]
        header = json.loads(whole[8:8 + length])
        data = whole[8 + length:]

        def with_header(change):
            changed = json.loads(json.dumps(header))
            change(changed)
            text = json.dumps(changed).encode()
            text += b" " * (-len(text) % 8)
            return struct.pack("<Q", len(text)) + text + data

        def offsets(name, first, last):
            return lambda changed: changed[name].update(data_offsets=[first, last])

        first, last = header["hash"]["data_offsets"]
        for change in (offsets("hash", first, last + (1 << 40)), offsets("hash", last, first),
                       offsets("hash", -1, last), offsets("hash", 0, 1 << 63),
                       offsets("vertices", first, first + 7),
                       lambda changed: changed["hash"].update(shape=[1 << 62, 16]),
                       lambda changed: changed["hash"].update(dtype="F32"),
                       lambda changed: changed["epochs"].update(shape=[]),
                       lambda changed: changed.pop("adjacency"),
                       lambda changed: changed["__metadata__"].update(pue="NaN")):
            self.refused(3, "info", self.damaged(with_header(change)))
        self.refused(3, "info", self.damaged(struct.pack("<Q", 1 << 62) + whole[8:]))
        swapped = bytearray(whole)
        begin = 8 + length + first
        swapped[begin:begin + 16], swapped[begin + 16:begin + 32] = (
            whole[begin + 16:begin + 32], whole[begin:begin + 16])
        self.refused(3, "info", self.damaged(bytes(swapped)))

    def test_every_damaged_byte_is_refused_or_changes_nothing(self):
        whole = self.table().read_bytes()
        expected = ecnas("export", self.table())[0]
        generator = random.Random(2)
        for position in generator.sample(range(len(whole)), 150):
            changed = bytearray(whole)
            changed[position] ^= 1 << generator.randrange(8)
            path = self.damaged(bytes(changed))
            result = subprocess.run([PROGRAM, "verify", path], capture_output=True, check=False)
            self.assertIn(result.returncode, (0, 3), (position, result.stderr))
            if result.returncode == 0:
                self.assertEqual(ecnas("export", path)[0], expected)

    def test_csv_faults_name_file_and_line(self):
        lines = MADE_UP.read_text().splitlines()
        header = lines[0].split(",")

        def with_cell(line, column, value):
            rows = [row.split(",") for row in lines]
            rows[line][header.index(column)] = value
            path = self.directory / "faulty.csv"
            path.write_text("\n".join(",".join(row) for row in rows) + "\n")
            return path

        for column, value in (("energy_kwh", "nan"), ("energy_kwh", "-1"), ("energy_kwh", "much"),
                              ("hash", "0" * 32), ("trainable_parameters", "1"),
                              ("adjacency", "0120"), ("ops", "input;conv9x9;output"),
                              ("epochs", "0"), ("validation_accuracy", "1.5")):
            errors = self.refused(3, "import", with_cell(2, column, value), "-o",
                                  self.directory / "x.ecnas")
            self.assertIn("faulty.csv:3", errors)
        self.assertFalse((self.directory / "x.ecnas").exists())

    def test_a_csv_without_a_needed_column_is_bad_input(self):
        text = MADE_UP.read_text().replace("adjacency", "adjacent", 1)
        path = self.directory / "faulty.csv"
        path.write_text(text)
        self.assertIn("faulty.csv", self.refused(3, "import", path, "-o", self.directory / "x"))

    def test_absent_things_exit_with_4(self):
        self.refused(4, "info", self.directory / "absent.ecnas")
        self.refused(4, "query", self.table(), "ffffffff")
        self.refused(4, "query", self.table(), "0100:", "--epochs", 5)
        self.refused(4, "front", self.table(), "--epochs", 5)

    def test_bad_usage_exits_with_2(self):
        for arguments in (["query", self.table(), "no-cell"], ["query", self.table(), "0110:x"],
                          ["search", self.table(), "--algorithm", "magic"],
                          ["front", self.table(), "--objectives", "beauty"], ["dance"], []):
            self.refused(2, *arguments)

    def test_output_that_cannot_be_written_exits_with_5(self):
        for target in ("/dev/full", self.directory / "absent" / "x", "/proc/x"):
            self.refused(5, "import", MADE_UP, "-o", target)
            self.refused(5, "export", self.table(), "-o", target)
        with open("/dev/full", "wb") as full:
            result = subprocess.run([PROGRAM, "info", self.table()], stdout=full,
                                    stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 5)

    def test_a_failed_import_leaves_the_old_table(self):
        before = self.table().read_bytes()
        broken = self.directory / "broken.csv"
        broken.write_text(MADE_UP.read_text().replace("0.0", "x", 1))
        self.refused(3, "import", broken, "-o", self.table())
        self.assertEqual(self.table().read_bytes(), before)


class Completion(unittest.TestCase):
    def completions(self, shell, words):
        """What the completion function offers for the last word, called as that shell does."""
        script = ecnas("completion", shell)[0].decode()
        line = " ".join(f"'{word}'" for word in words)
        as_zsh_does = "emulate -L sh; setopt kshglob noshglob braceexpand" if shell == "zsh" else ":"
        command = (f"{script}\ncomplete_line() {{ {as_zsh_does}; COMP_WORDS=({line}); "
                   f"COMP_CWORD={len(words) - 1}; _ecnas; "
                   "printf '%s\\n' \"${COMPREPLY[@]}\"; }\ncomplete_line")
        result = subprocess.run([shell, "-c", command], capture_output=True, text=True, check=True,
                                stdin=subprocess.DEVNULL)
        self.assertEqual(result.stderr, "")
        return result.stdout.split()

    def check(self, shell):
        self.assertIn("search", self.completions(shell, ["ecnas", "se"]))
        self.assertIn("count", self.completions(shell, ["ecnas", "space", "c"]))
        self.assertIn("--trials", self.completions(shell, ["ecnas", "search", "--t"]))
        self.assertIn("sms-emoa", self.completions(shell, ["ecnas", "search", "--algorithm", "s"]))
        self.assertIn("space-7v", self.completions(shell, ["ecnas", "front", "space"]))
        self.assertIn("nasbench-full", self.completions(shell, ["ecnas", "fetch", "nas"]))

    def test_bash_completes_commands_options_and_names(self):
        self.check("bash")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_commands_options_and_names(self):
        self.check("zsh")


class Pictures(Directory):
    def test_front_is_drawn_in_every_format(self):
        for suffix, begin in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
            path = self.directory / f"front{suffix}"
            ecnas("front", self.table(), "--plot", path)
            self.assertTrue(path.read_bytes().lstrip().startswith(begin), suffix)

    def test_cells_are_drawn(self):
        path = self.directory / "cell.svg"
        ecnas("space", "draw", "0110001000010000:conv3x3,maxpool3x3", "-o", path)
        self.assertIn(b"conv3x3", path.read_bytes())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
