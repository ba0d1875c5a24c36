"""`ecnas fetch` gets a file whole and unchanged, or says why not, whatever the server sends.

Standard library only. Usage: fetch_test.py PROGRAM
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import unittest

from contract import MADE_UP, PROGRAM, ecnas
from fetch_server import chunked, says
from fetching import FILE, KNOWN, KNOWN_BYTES, KNOWN_FILE, NAME, Fetch


class TheWholeWay(Fetch):
    def test_what_is_fetched_is_pinned_and_imported(self):
        output, errors = ecnas(*self.command(), env=self.environment)
        self.assertEqual(errors, "")
        digest = hashlib.sha256(self.content).hexdigest()
        text = output.decode()
        self.assertIn(f"unverified: a first download; its SHA-256 is {digest}, pinned in "
                      f"{self.pins}", text)
        table = self.output / f"{NAME}.ecnas"
        self.assertIn(f"{table}: 7 cells, budgets 4, 12", text)
        self.assertEqual(ecnas("verify", table)[0].decode(),
                         f"{table}: 7 cells, everything in order\n")
        self.assertEqual(json.loads(self.pins.read_text()),
                         {NAME: {"sha256": digest, "bytes": len(self.content)}})
        self.assert_whole()

    def test_what_is_there_is_checked_and_not_fetched_again(self):
        self.assertEqual(self.fetch()[0]["verified_by"], "nobody")
        file, _ = self.fetch(name=FILE)
        self.assertEqual((file["was_there"], file["verified_by"]), (True, "first_download"))
        self.assertEqual(file["import"]["cells"], 7)
        self.assertEqual(len(self.server.requests), 1)

    def test_json_says_what_was_done(self):
        file, errors = self.fetch("--no-import")
        self.assertEqual(errors, "")
        self.assertEqual(file, {
            "name": NAME, "file": str(self.file), "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(), "verified_by": "nobody",
            "was_there": False, "resumed_from": 0, "licence": "Apache-2.0", "import": None})
        self.assertEqual([path.name for path in self.output.iterdir()], [FILE])

    def test_a_mirror_replaces_the_folder_and_keeps_the_path(self):
        self.fails(4, name="ec-nas-4v-rtx3060", mirror=self.answering(says(404)) + "deep/er")
        self.assertEqual(self.server.requests[0].target,
                         "/deep/er/hardware/energy_4V9E_rtx3060.tfrecord")

    def test_the_list_needs_no_network_and_makes_nothing(self):
        files = json.loads(ecnas("fetch", "--list", "--json", env=self.environment)[0])["files"]
        self.assertEqual(len(files), 12)
        self.assertEqual(sum(file["bytes"] or 0 for file in files), 644_582_452)
        self.assertEqual([file["name"] for file in files if file["sha256"] is None],
                         ["nasbench-full", NAME])
        self.assertFalse(self.pins.exists())

    def answering(self, *answers):
        self.server.script += answers
        return self.server.address


class Digests(Fetch):
    def test_content_of_another_digest_is_deleted_and_said(self):
        self.server.content = bytes(KNOWN_BYTES)
        errors = self.fails(3, name=KNOWN)
        self.assertIn(f"its SHA-256 is {hashlib.sha256(bytes(KNOWN_BYTES)).hexdigest()}, expected "
                      "e18becd6aac719a9af4c816940a6bf7bf5fb0a16870d531e78a27c1d8cf89010", errors)
        self.assertIn("fetch it again", errors)
        self.assert_nothing()

    def test_another_size_is_refused_before_it_is_downloaded(self):
        for size in (KNOWN_BYTES - 1, KNOWN_BYTES + 1):
            self.server.content = bytes(size)
            self.assertIn(f"it has {size:,} bytes, expected 297,784", self.fails(3, name=KNOWN))
            self.assert_nothing()

    def test_a_second_download_must_be_the_first(self):
        self.fetch()
        self.file.unlink()
        self.server.content = self.content.replace(b"4", b"5", 1)
        errors = self.fails(3)
        self.assertIn("expected is what was first downloaded; --repin takes what is there now",
                      errors)
        self.assertFalse(self.file.exists())
        self.assertEqual(self.fetch("--repin", "--no-import")[0]["verified_by"], "nobody")
        self.file.unlink()
        self.assertEqual(self.fetch("--no-import")[0]["verified_by"], "first_download")

    def test_a_file_of_that_name_that_is_another_is_left_alone(self):
        self.output.mkdir()
        self.file.write_text("mine")
        self.assertIn("nothing is known to check it by", self.fails(3))
        known = self.output / KNOWN_FILE
        known.write_text("mine")
        self.assertIn("move it away", self.fails(3, name=KNOWN))
        self.assertEqual((self.file.read_text(), known.read_text()), ("mine", "mine"))
        self.assertEqual(self.server.requests, [])

    def test_a_hostile_file_of_pins_is_refused(self):
        self.pins.parent.mkdir(parents=True)
        good = "a" * 64
        for text in ("", "[]", "{", '{"x": 1}', '{"x": {"sha256": "a", "bytes": 1}}',
                     f'{{"x": {{"sha256": "{good}", "bytes": -1}}}}',
                     f'{{"x": {{"sha256": "{good.upper()}", "bytes": 1}}}}', "[" * 100_000,
                     " " * 2_000_000, '{"x": {"sha256": ["a"], "bytes": 1}}', "\xff\0"):
            self.pins.write_text(text, encoding="latin-1")
            self.assertIn("pinned-digests.json", self.fails(3))
            self.assertEqual(self.pins.read_text(encoding="latin-1"), text)
        self.assertEqual(self.server.requests, [])

    def test_pins_of_other_files_are_kept(self):
        self.pins.parent.mkdir(parents=True)
        other = {"nasbench-full": {"sha256": "a" * 64, "bytes": 7}}
        self.pins.write_text(json.dumps(other))
        self.fetch("--no-import")
        self.assertEqual(json.loads(self.pins.read_text()).keys(), {"nasbench-full", NAME})


class Lengths(Fetch):
    def test_lengths_that_lie_are_found_out(self):
        self.server.script = [says(200, self.content, Content_Length=len(self.content) + 50)]
        self.assertIn("given up", self.fails(5))
        self.server.script = [says(200, bytes(KNOWN_BYTES), Content_Length=9)]
        self.assertIn("it has 9 bytes", self.fails(3, name=KNOWN))
        for length in ("-5", "abc", "99999999999999999999999", "9000000000"):
            self.server.script = [says(200, self.content, Content_Length=length)]
            self.refused_somehow()

    def refused_somehow(self):
        result = subprocess.run([PROGRAM, *map(str, self.command("--retries", 0))],
                                env=self.environment, capture_output=True, check=False)
        self.assertIn(result.returncode, (3, 5), result.stderr)
        self.assertFalse(self.file.exists())
        self.part.unlink(missing_ok=True)

    def test_chunks_are_as_good_as_a_length_and_a_broken_one_is_found_out(self):
        self.server.script = [chunked(self.content)]
        self.fetch()
        self.assert_whole()
        self.file.unlink()
        self.server.script = [chunked(self.content, end=b""), chunked(self.content)]
        self.fetch("--retries", 1)
        self.assert_whole()

    def test_without_any_length_a_part_could_pass_for_the_whole(self):
        self.server.script = [self.server.without_length]
        self.assertIn("does not say how long it is", self.fails(3))

    def test_more_than_the_known_size_is_not_taken(self):
        self.server.content = bytes(KNOWN_BYTES + 10)
        self.server.script = [self.server.without_length]
        self.assertIn("more than the 297,784 bytes", self.fails(3, name=KNOWN))
        self.assert_nothing()

    def test_compressed_content_is_asked_not_for_and_refused(self):
        body = gzip.compress(self.content)
        self.server.script = [says(200, body, Content_Length=len(body), Content_Encoding="gzip")]
        self.assertIn("encoded ('gzip')", self.fails(3))
        self.assertEqual(self.server.requests[0].headers["accept-encoding"], "identity")
        self.assert_nothing()

    def test_megabytes_of_headers_are_refused(self):
        def flood(_, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for i in range(4000):
                connection.sendall(b"X-%d: %s\r\n" % (i, b"x" * 1000))

        def one_line(_, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4_000_000)

        self.server.script = [flood]
        self.assertIn("headers have more than 65536 bytes", self.fails(5))
        self.server.script = [one_line]
        self.fails(5)
        self.assert_nothing()

    def test_what_is_no_http_is_refused(self):
        for text in (b"", b"hello\n", b"HTTP/1.1 200\r\n", b"\0" * 1000, b"HTTP/9.9 200 OK\r\n\r\n"):
            self.server.script = [lambda _, connection, text=text: connection.sendall(text)]
            self.refused_somehow()


class Redirects(Fetch):
    def test_some_are_followed_with_the_range(self):
        other = self.serve(self.content)
        self.server.script = [says(code, Location=f"{other.address}x") for code in (301, 307)]
        other.script = [other.truncated(600)]
        self.fetch()
        self.assertEqual([request.offset() for request in other.requests], [None, 600])
        self.assert_whole()

    def test_loops_end(self):
        self.server.script = [says(302, Location="/again")] * 20
        self.assertIn("more than 5 times", self.fails(5, retries=3))
        self.assertEqual(len(self.server.requests), 6)

    def test_only_web_addresses_are_followed(self):
        for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "scp://x/y",
                       "http://user:secret@127.0.0.1/x", "http://", "http://[", ""):
            self.server.script = [says(302, Location=target)]
            self.fails(5)
        self.assert_nothing()

    def test_a_secure_address_does_not_lead_to_an_open_one(self):
        certificate = self.certificate()
        secure = self.serve(self.content, certificate=certificate)
        self.environment["SSL_CERT_FILE"] = str(certificate)
        secure.script = [says(302, Location=f"{self.server.address}x")]
        self.assertIn("which is not followed", self.fails(5, mirror=secure.address))
        self.assertEqual(self.server.requests, [])
        self.server.script = [says(302, Location=f"{secure.address}x")]
        self.fetch()
        self.assert_whole()

    def test_an_unknown_certificate_is_refused(self):
        secure = self.serve(self.content, certificate=self.certificate())
        self.assertIn("ertificate", self.fails(5, retries=3, mirror=secure.address))
        self.assertEqual(secure.requests, [])

    def certificate(self):
        path = self.directory / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out",
                        f"{path}.public"], check=True, capture_output=True)
        with path.open("ab") as file:
            file.write(pathlib.Path(f"{path}.public").read_bytes())
        return path


class Surroundings(Fetch):
    def test_proxies_are_honoured(self):
        proxy = self.serve(self.content)
        self.environment["http_proxy"] = proxy.address
        self.fetch(mirror="http://nowhere.invalid/folder")
        self.assertEqual(proxy.requests[0].target, f"http://nowhere.invalid/folder/{FILE}")
        self.assert_whole()
        self.file.unlink()
        self.environment["no_proxy"] = "127.0.0.1"
        self.fetch()
        self.assertEqual((len(proxy.requests), len(self.server.requests)), (1, 1))

    def test_a_full_disk_is_said_and_the_part_kept(self):
        self.content = self.server.content = self.content + b"\n" * 100_000
        limited = ["bash", "-c", 'ulimit -f 16; trap "" XFSZ; exec "$@"', "bash", PROGRAM]
        result = subprocess.run([*limited, *map(str, self.command())], env=self.environment,
                                capture_output=True, check=False)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn(b"cannot be written: File too large", result.stderr)
        self.assertEqual(self.part.stat().st_size, 16 * 1024)
        self.assertEqual(self.fetch("--no-import")[0]["resumed_from"], 16 * 1024)
        self.assert_whole()

    def test_a_directory_that_cannot_be_is_said(self):
        for directory in (MADE_UP, "/proc/absent/deep"):
            self.output = directory
            self.assertIn("cannot be created as a directory", self.fails(5))

    def test_what_stands_in_the_way_of_the_part_is_left_alone(self):
        self.output.mkdir()
        self.part.mkdir()
        self.fails(5)
        self.part.rmdir()
        victim = self.directory / "victim"
        victim.write_text("precious")
        self.part.symlink_to(victim)
        self.fails(5)
        self.part.unlink()
        os.mkfifo(self.part)
        self.assertIn("no regular file", self.fails(5))
        self.assertEqual(victim.read_text(), "precious")

    def test_without_a_data_directory_nothing_is_pinned_or_fetched(self):
        del self.environment["XDG_DATA_HOME"]
        self.environment["HOME"] = ""
        self.assertIn("set HOME or XDG_DATA_HOME", self.fails(5))
        self.assertEqual(self.server.requests, [])

    def test_content_that_is_no_table_is_kept_and_said(self):
        self.content = self.server.content = b"no table at all\n"
        output, errors = ecnas(*self.command(), status=3, env=self.environment)
        self.assertIn(FILE, errors)
        self.assert_whole()
        self.assertFalse((self.output / f"{NAME}.ecnas").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
