"""The program reads TFRecord files as they were published, and says what is odd about them.

Standard library only. Usage: tfrecord_contract_test.py PROGRAM
"""

import json
import os
import random
import struct
import subprocess
import sys
import threading
import unittest

from contract import DATA, MADE_UP, PROGRAM, SOURCE, Directory, ecnas, ecnas_json

sys.path.insert(0, str(SOURCE / "tests" / "support"))
import published_tfrecord as published  # noqa: E402

NEEDED = ["ec-nas-4v-results.tar.xz", "ec-nas-4v-table.csv", "generated_graphs_4V9E.json",
          "ec-nas-5v-results.tar.xz", "ec-nas-5v-table.csv", "generated_graphs_5V9E.json",
          "ec-nas-7v-table.csv"]
# The CSV of a table lost the last digit of some doubles: they may round to the float beside, and the
# shortest texts of two neighbours may lie a little more than their distance apart.
NEXT_FLOAT = 2.0 ** -22
ACCURACIES = ["validation_accuracy", "test_accuracy"]
HALFWAY_ACCURACIES = [f"{part}_accuracy_halfway" for part in ("train", "validation", "test")]
RUNS = ["run_time_s", "run_energy_kwh", "run_co2eq_g"]


class Tables(Directory):
    def imported(self, source, *options, name="t"):
        """The table, and what its import said."""
        table = self.directory / f"{name}.ecnas"
        return table, ecnas_json("import", source, "-o", table, *options)

    def values(self, table):
        """{(hash, epochs, repeat): {metric: (value, provenance)}}"""
        lines = ecnas("export", table, "--format", "jsonl")[0].decode().splitlines()
        return {(entry["hash"], entry["epochs"], entry["repeat"]):
                {metric: (content["value"], content["provenance"])
                 for metric, content in entry.items() if isinstance(content, dict)}
                for entry in map(json.loads, lines)}

    def assert_notes(self, summary, *parts):
        for part in parts:
            self.assertTrue(any(part in note for note in summary["notes"]),
                            f"'{part}' not in {summary['notes']}")

    def assert_holds(self, values, wanted, but=(), tolerance=0.0):
        """Every value of one table is in another, with its provenance."""
        self.assertEqual(values.keys(), wanted.keys())
        for place, metrics in wanted.items():
            for metric in metrics.keys() - set(but):
                (found, provenance), (value, stated) = values[place][metric], metrics[metric]
                self.assertEqual(provenance, stated, (place, metric))
                self.assertLessEqual(abs(found - value), tolerance * value, (place, metric))


@unittest.skipUnless(all((DATA / name).exists() for name in NEEDED), f"no published data in {DATA}")
class PublishedFiles(Tables):
    def file(self, name, payloads):
        return published.write(self.directory / f"{name}.tfrecord", payloads)

    def check_linscale(self, vertices):
        source = self.file("linscale", published.linscale(DATA, vertices))
        table, summary = self.imported(source)
        self.assertEqual((summary["format"], summary["findings"], summary["duplicates"]),
                         ("tfrecord", [], 0))
        values = self.values(table)
        of_csv, _ = self.imported(DATA / f"ec-nas-{vertices}v-table.csv", name="csv")
        self.assert_holds(values, self.values(of_csv), tolerance=NEXT_FLOAT)
        self.assertEqual(ecnas_json("info", table)["pue"], 1.59)
        for (_, epochs, _), metrics in values.items():
            for metric in HALFWAY_ACCURACIES:
                self.assertNotIn(metric, metrics)
            for metric in [*RUNS, "gpu0_energy_kwh", "cpu0_energy_kwh", "energy_kwh_halfway"]:
                self.assertEqual(metric in metrics, epochs == 4, (metric, epochs))
            for metric in ("energy_kwh", "training_time_s", "co2eq_g"):
                self.assertEqual(metrics[metric][1], "measured" if epochs == 4 else "scaled")
        self.assert_notes(summary, "'scaled'", "accuracies halfway", "run_energy_kwh", "left out above",
                          "PUE of 1.59", "second processor socket", "carbon intensity differs")
        return table

    def test_a_file_of_all_cells_has_the_published_files_size(self):
        """Complete tables have the layout of the published files, field by field."""
        self.assertEqual(os.path.getsize(self.file("4v", published.linscale(DATA, 4))), 297_784)

    def test_scaled_4v_file_gives_the_values_of_the_published_csv(self):
        table = self.check_linscale(4)
        info = ecnas_json("info", table)
        self.assertEqual((info["cells"], info["budgets"], info["repeats"]), (91, [4, 12, 36, 108], 1))
        self.assertRegex(info["source"], r"^\S+, measured 2022-\d\d-\d\d( to 2022-\d\d-\d\d)?$")
        self.assertEqual(info["devices"], ["NVIDIA Quadro RTX 6000", "cpu:0"])
        front = ecnas_json("front", table, "--objectives", "energy,validation_error",
                           "--reference-point", "1.5,1")
        self.assertEqual(len(front["points"]), 34)
        self.assertAlmostEqual(front["hypervolume"], 1.390108743, delta=2e-7)

    def test_scaled_5v_file_gives_the_values_of_the_published_csv(self):
        self.check_linscale(5)

    def check_four_epochs(self, vertices):
        source = self.file("four", published.four_epochs(DATA, vertices))
        table, summary = self.imported(source)
        self.assertEqual((summary["format"], summary["findings"], summary["duplicates"]),
                         ("tfrecord", [], 0))
        of_raw, _ = self.imported(DATA / f"ec-nas-{vertices}v-results.tar.xz", name="raw")
        self.assert_holds(self.values(table), self.values(of_raw),
                          but=("cpu1_energy_kwh", "cpu1_average_power_w"))
        info = ecnas_json("info", table)
        self.assertEqual((info["budgets"], info["pue"]), ([4], 1.59))
        return info

    def test_4_epoch_files_give_the_values_of_the_raw_results_save_the_lost_socket(self):
        self.assertEqual(self.check_four_epochs(4)["repeats"], 3)
        self.assertEqual(self.check_four_epochs(5)["cells"], 2080)

    def test_surrogate_file_is_predicted_without_emissions_at_a_pue_of_one(self):
        source = self.file("surrogate", published.surrogate(DATA))
        table, summary = self.imported(source)
        values = self.values(table)
        of_csv, _ = self.imported(DATA / "ec-nas-7v-table.csv", name="csv")
        self.assert_holds(values, self.values(of_csv))
        self.assertEqual(ecnas_json("info", table)["pue"], 1.0)
        for metrics in values.values():
            self.assertEqual(metrics["energy_kwh"][1], "predicted")
            self.assertEqual(metrics["training_time_s"][1], "measured")
            self.assertTrue({"co2eq_g", *HALFWAY_ACCURACIES}.isdisjoint(metrics))
        self.assert_notes(summary, "surrogate", "NAS-Bench-101's own", "accuracies halfway")

    def test_nas_bench_101_file_keeps_repeats_and_accuracies_halfway(self):
        source = self.file("nasbench", published.nasbench101(DATA))
        table, summary = self.imported(source)
        info = ecnas_json("info", table)
        self.assertEqual((info["cells"], info["budgets"], info["repeats"]), (91, [4, 12, 36, 108], 3))
        self.assertEqual((summary["rows"], summary["findings"]), (91 * 4 * 3, []))
        self.assertIsNone(info["pue"])
        for metrics in self.values(table).values():
            self.assertEqual({provenance for _, provenance in metrics.values()}, {"measured"})
            self.assertLess(metrics["test_accuracy_halfway"][0], metrics["test_accuracy"][0])
            self.assertIn("run_time_s", metrics)

    def test_join_puts_three_repeats_of_accuracy_beside_the_energies(self):
        energies = self.file("linscale", published.linscale(DATA, 4))
        accuracies = self.file("nasbench", published.nasbench101(DATA))
        joined, summary = self.imported(energies, "--join", accuracies)
        of_energies = self.values(self.imported(energies, name="energies")[0])
        of_accuracies = self.values(self.imported(accuracies, name="accuracies")[0])
        values = self.values(joined)
        self.assertEqual(values.keys(), of_accuracies.keys())
        for place, metrics in values.items():
            for metric in ACCURACIES + HALFWAY_ACCURACIES:
                self.assertEqual(metrics[metric], of_accuracies[place][metric])
            for metric in ("energy_kwh", "training_time_s", "co2eq_g"):
                self.assertEqual(metrics.get(metric), of_energies.get(place, {}).get(metric))
        self.assertEqual(ecnas_json("info", joined)["pue"], 1.59)
        self.assert_notes(summary, "its other metrics are left out")

    def test_one_thread_and_two_give_the_same_bytes(self):
        source = self.file("linscale", published.linscale(DATA, 5))
        one, said = self.imported(source, "--threads", 1, name="one")
        two, said_too = self.imported(source, "--threads", 2, name="two")
        self.assertEqual(one.read_bytes(), two.read_bytes())
        said["output"] = said_too["output"] = None
        self.assertEqual(said, said_too)

    def test_a_pipe_is_read_like_a_file(self):
        source = self.file("linscale", published.linscale(DATA, 4))
        pipe = self.directory / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=lambda: pipe.write_bytes(source.read_bytes()))
        writer.start()
        through_pipe = self.directory / "pipe.ecnas"
        ecnas("import", pipe, "-o", through_pipe)
        writer.join()
        through_file, _ = self.imported(source)
        self.assertEqual(self.values(through_pipe), self.values(through_file))


class MadeUpFiles(Tables):
    """Records of a made-up table, exported and then spoiled."""

    def setUp(self):
        super().setUp()
        self.source = self.directory / "made-up.tfrecord"
        ecnas("export", self.table(), "--format", "nasbench101-tfrecord", "-o", self.source)
        self.content = self.source.read_bytes()
        self.records = list(self.split(self.content))

    @staticmethod
    def split(content):
        """(offset, payload) of every record."""
        at = 0
        while at < len(content):
            length, = struct.unpack_from("<Q", content, at)
            yield at, content[at + 12:at + 12 + length]
            at += length + 16

    def spoiled(self, content):
        path = self.directory / "spoiled.tfrecord"
        path.write_bytes(content)
        return path

    def with_rows(self, change):
        """The file with each record's JSON row changed."""
        rows = []
        for number, (_, payload) in enumerate(self.records):
            row = json.loads(payload)
            change(number, row)
            rows.append(json.dumps(row).encode())
        return self.spoiled(b"".join(map(published.framed, rows)))

    def test_an_odd_record_is_a_finding_and_with_strict_an_error(self):
        def change(number, row):
            if number < 5:
                row[0] = "0" * 32

        source = self.with_rows(change)
        table, summary = self.imported(source)
        finding, = summary["findings"]
        self.assertEqual((finding["kind"], finding["count"], len(finding["examples"])),
                         ("wrong_hash", 5, 3))
        self.assertEqual(len(self.values(table)), len(self.records) - 5)
        said = ecnas("import", source, "-o", table)[0].decode()
        self.assertIn("! 5 records have a hash that is not their graph's; left out", said)
        errors = self.refused(3, "import", source, "-o", self.directory / "strict.ecnas", "--strict")
        self.assertIn("record 1: ", errors)
        self.assertFalse((self.directory / "strict.ecnas").exists())

    def test_flipped_bits_are_refused_with_record_and_byte(self):
        generator = random.Random(1)
        for position in generator.sample(range(len(self.content)), 40):
            flipped = bytearray(self.content)
            flipped[position] ^= 1 << generator.randrange(8)
            errors = self.refused(3, "import", self.spoiled(flipped), "-o", self.directory / "no")
            number, (offset, _) = next(item for item in reversed(list(enumerate(self.records, 1)))
                                       if item[1][0] <= position)
            self.assertIn(f"record {number} at byte {offset:,}: ", errors)
        self.assertFalse((self.directory / "no").exists())

    def test_cuts_are_refused_and_whole_records_kept_on_request(self):
        generator = random.Random(2)
        ends = [offset for offset, _ in self.records[1:]]
        for size in generator.sample(range(ends[0] + 1, len(self.content)), 25):
            cut = self.spoiled(self.content[:size])
            whole = sum(end <= size for end in ends)
            if size not in ends:
                self.refused(3, "import", cut, "-o", self.directory / "no")
            table, summary = self.imported(cut, "--keep-going")
            self.assertEqual(len(self.values(table)), whole)
            self.assertEqual([finding["kind"] for finding in summary["findings"]],
                             [] if size in ends else ["damaged"])

    def test_a_damaged_record_among_good_ones_is_left_out_on_request(self):
        damaged = bytearray(self.content)
        damaged[self.records[3][0] + 40] ^= 1
        table, summary = self.imported(self.spoiled(damaged), "--keep-going")
        self.assertEqual(len(self.values(table)), len(self.records) - 1)
        self.assertIn("record 4: ", summary["findings"][0]["examples"][0])

    def test_what_is_no_such_file_is_bad_input(self):
        pointer = (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 +
                   b"\nsize 297784\n")
        self.assertIn("git lfs pull", self.refused(3, "import", self.spoiled(pointer), "-o",
                                                   self.directory / "no"))
        length = struct.pack("<Q", (1 << 64) - 5)
        huge = length + struct.pack("<I", published.masked_crc32c(length))
        for content in (b"", huge, huge + self.content, self.content + huge, self.content[:11],
                        published.framed(b""), published.framed(b"[" * 1_000_000),
                        published.framed(b'["\xff\xff", 4, "0100", "\xfe", "AA=="]')):
            self.refused(3, "import", self.spoiled(content), "-o", self.directory / "no")

    def test_a_finding_whose_text_is_no_utf_8_is_told_in_json(self):
        _, payload = self.records[0]
        row = json.loads(payload)
        odd = payload.replace(row[0].encode(), b"\xff\xfe" * 16)
        source = self.spoiled(self.content + published.framed(odd))
        _, summary = self.imported(source)
        self.assertEqual(summary["findings"][0]["kind"], "wrong_hash")

    def test_a_megabyte_of_adjacency_is_told_in_short(self):
        def change(number, row):
            if number == 0:
                row[2] = "01" * 500_000

        _, summary = self.imported(self.with_rows(change))
        finding, = summary["findings"]
        self.assertEqual(finding["kind"], "no_cell")
        self.assertLess(len(finding["examples"][0]), 500)

    def test_duplicate_records_are_counted_and_ignored(self):
        table, summary = self.imported(self.spoiled(self.content + self.content))
        self.assertEqual(summary["duplicates"], len(self.records))
        self.assertEqual(ecnas_json("info", table)["repeats"], 1)

    def test_more_repeats_than_a_table_holds_are_bad_input(self):
        _, payload = self.records[0]
        cell_hash, epochs, adjacency, operations, _ = json.loads(payload)
        cell = {"hash": cell_hash, "adjacency": adjacency, "operations": operations}
        many = [published.row(cell, epochs, published.message(
            {1: [published.message({4: accuracy / 256})] * 3})) for accuracy in range(129)]
        source = published.write(self.directory / "many.tfrecord", many)
        self.assertIn("at most 128", self.refused(3, "import", source, "-o", self.directory / "no"))

    def test_progress_goes_to_a_terminal_alone_and_json_is_alone_on_standard_output(self):
        table = self.directory / "t.ecnas"
        output, errors = ecnas("import", self.source, "-o", table, "--json")
        json.loads(output)
        self.assertEqual(errors, "")
        output, errors = ecnas("import", self.source, "-o", table)
        self.assertEqual(errors, "")

    def test_a_format_that_was_asked_for_is_tried(self):
        self.refused(3, "import", MADE_UP, "-o", self.directory / "no", "--format", "tfrecord")
        self.refused(3, "import", self.source, "-o", self.directory / "no", "--format", "csv")


del Directory, Tables  # not tests themselves

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
