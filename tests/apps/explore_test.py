"""`ecnas explore` serves its page and cells to this machine, and nothing to anybody else.

Standard library only. Usage: explore_test.py PROGRAM
"""

import concurrent.futures
import csv
import http.client
import io
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

from contract import PROGRAM, Directory, ecnas, ecnas_json

PATIENCE = 60  # s; what hangs fails


class Server:
    """The program, serving a table until it is stopped."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([PROGRAM, "explore", *map(str, arguments), "--json"],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1].decode())
        said = json.loads(line)
        self.address = said["address"]
        self.port = said["port"]
        self.host = f"127.0.0.1:{self.port}"
        self.base = self.address.removeprefix(f"http://{self.host}")

    def ask(self, path="", method="GET", headers=None, body=None, target=None):
        """Status, headers and body of the answer. @param path  below the address"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, target or self.base + path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def status(self, *arguments, **settings):
        return self.ask(*arguments, **settings)[0]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, request):
        """What comes back for these bytes and the end of sending; nothing if it is cut off."""
        with self.connect() as connection:
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # answered before all was sent
            return read_all(connection)

    def listeners(self):
        """Local address and number of connections not accepted yet, of each socket that listens."""
        found = []
        for file in ("/proc/net/tcp", "/proc/net/tcp6"):
            lines = pathlib.Path(file).read_text().splitlines() if pathlib.Path(file).exists() else []
            for line in lines[1:]:
                _, local, _, state, queues = line.split()[:5]
                address, port = local.split(":")
                if state == "0A" and int(port, 16) == self.port:
                    found.append((address, int(queues.split(":")[1], 16)))
        return found

    def waiting(self):
        return sum(waiting for _, waiting in self.listeners())

    def request(self, headers=b"", path=""):
        """A request as bytes, without the empty line that ends it."""
        return f"GET {self.base}{path} HTTP/1.1\r\nHost: {self.host}\r\n".encode() + headers

    def stop(self, number=signal.SIGINT):
        """Exit status, and what it printed after its address."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output, errors.decode()

    def kill(self):
        self.process.kill()
        self.process.communicate()


def read_all(connection):
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer else None


class Explore(Directory):
    def serve(self, *arguments):
        server = Server(*(arguments or [self.table()]))
        self.addCleanup(server.kill)
        return server

    def table(self):
        """Cells of at most 4 vertices with two repeats each, and a metric that no page inlines."""
        path = self.directory / "two-repeats.csv"
        if not path.exists():
            rows = list(csv.DictReader(io.StringIO(ecnas("export", "ecnas-4v")[0].decode())))
            kept = [name for name in rows[0] if not name.endswith(("_provenance", "90"))]
            with path.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([*kept, "gpu0_average_power_w"])
                for row in rows:
                    writer.writerow([*(row[name] for name in kept), 150])
                    again = {**row, "repeat": 2, "energy_kwh": 1.02 * float(row["energy_kwh"])}
                    writer.writerow([*(again[name] for name in kept), 160])
        return super().table(path)

    def hashes(self):
        lines = ecnas("export", self.table())[0].decode().splitlines()
        column = lines[0].split(",").index("hash")
        return sorted({line.split(",")[column] for line in lines[1:]})

    def assert_still_serves(self, server):
        self.assertEqual(server.status(), 200)
        returned, output, errors = server.stop()
        self.assertEqual((returned, output), (130, b""), errors)
        self.assertEqual(errors.strip().splitlines()[-1],
                         "ecnas: explore interrupted: t.ecnas is no longer served")


class WhatIsServed(Explore):
    def test_the_address_is_secret_and_on_the_loopback_interface(self):
        first, second = self.serve(), self.serve()
        for server in (first, second):
            self.assertRegex(server.address, rf"^http://127\.0\.0\.1:{server.port}/[0-9a-f]{{32}}/$")
        self.assertNotEqual(first.base, second.base)

    def test_people_get_the_address_alone_on_standard_output(self):
        process = subprocess.Popen([PROGRAM, "explore", self.table()], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stdout.readline().decode()
        self.assertRegex(line, r"^http://127\.0\.0\.1:\d+/[0-9a-f]{32}/\n$")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, output), (130, b""))
        self.assertIn(b"t.ecnas is served to this machine", errors)

    def test_the_page_is_that_of_report_but_for_what_lets_it_ask(self):
        status, headers, page = self.serve().ask()
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
        ecnas("report", self.table(), "-o", self.directory / "r")
        report = (self.directory / "r" / "index.html").read_text()
        served = page.decode()
        self.assertIn("<title>t.ecnas", served)
        live = '<script type="application/json" id="live">{"cells":"cells/"}</script>\n'
        self.assertEqual(served.count(live), 1)
        self.assertNotIn(live, report)
        for text, policy in ((served, "connect-src 'self';"), (report, "connect-src 'none';")):
            self.assertEqual(text.count(policy), 1)
        same = served.replace(live, "").replace("connect-src 'self'", "connect-src 'none'").replace(
            f"ecnas explore {self.table()}",
            f"ecnas report {self.table()} --output {self.directory / 'r'}")
        self.assertEqual(same, report)

    def test_every_cell_is_what_query_says_with_flops_and_neighbours(self):
        server = self.serve()
        hashes = self.hashes()
        pairs = 0
        for name in hashes[::7]:
            status, headers, body = server.ask(f"cells/{name}")
            self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
            cell = json.loads(body)
            neighbours = cell.pop("neighbours")
            self.assertEqual(cell.pop("flops"), ecnas_json("space", "show", name)["flops"])
            self.assertEqual(cell, ecnas_json("query", self.table(), name))
            self.assertEqual(len(cell["budgets"]["108"]["gpu0_average_power_w"]["repeats"]), 2)
            for neighbour in neighbours[::5]:
                pairs += 1
                self.assertIn(neighbour["hash"], set(hashes) - {name})
                queried = ecnas_json("query", self.table(), neighbour["hash"])["budgets"]
                self.assertEqual(neighbour["budgets"],
                                 {epochs: {metric: each["value"] for metric, each in values.items()}
                                  for epochs, values in queried.items()})
        self.assertGreater(pairs, 0)

    def test_one_repeat_is_served_where_it_is_asked_for(self):
        name = self.hashes()[0]
        server = self.serve(self.table(), "--repeat", 1)
        cell = json.loads(server.ask(f"cells/{name}")[2])
        self.assertEqual(cell["budgets"],
                         ecnas_json("query", self.table(), name, "--repeat", 1)["budgets"])

    def test_head_is_get_without_a_body(self):
        server = self.serve()
        for path in ("", f"cells/{self.hashes()[0]}"):
            status, headers, body = server.ask(path, method="HEAD")
            got, got_headers, got_body = server.ask(path)
            self.assertEqual((status, got, body), (200, 200, b""))
            self.assertEqual(headers["Content-Length"], str(len(got_body)))
            self.assertEqual(headers["Content-Type"], got_headers["Content-Type"])

    def test_a_hundred_requests_at_once_are_all_answered(self):
        server = self.serve()
        expected = {path: server.ask(path)[2] for path in ("", f"cells/{self.hashes()[0]}")}
        paths = sorted(expected) * 50
        with concurrent.futures.ThreadPoolExecutor(100) as threads:
            for path, (status, _, body) in zip(paths, threads.map(server.ask, paths)):
                self.assertEqual((status, body), (200, expected[path]))

    def test_ranges_compression_and_continuation_change_nothing(self):
        server = self.serve()
        page = server.ask()[2]
        for headers in ({"Range": "bytes=0-1"}, {"Range": "bytes=" + "0-," * 500 + "0-"},
                        {"Accept-Encoding": "gzip, br"}, {"Expect": "100-continue"}):
            status, answered, body = server.ask(headers=headers)
            self.assertEqual((status, body), (200, page), headers)
            self.assertNotIn("Content-Encoding", answered)


class WhatIsRefused(Explore):
    def test_only_the_loopback_interface_listens(self):
        server = self.serve()
        self.assertEqual([address for address, _ in server.listeners()], ["0100007F"])

    def test_other_paths_are_not_there_and_say_nothing(self):
        server = self.serve()
        secret, name = server.base, self.hashes()[0]
        wrong = secret[:-2] + ("0" if secret[-2] != "0" else "1") + "/"
        targets = ["/", wrong, secret[:-1], secret.upper(), "/" + secret, secret * 2, secret + "?",
                   secret + "?x=1", secret + "index.html", secret + "cells",
                   secret + "cells/", secret + "cells/x", secret + f"cells/{name[:8]}",
                   secret + f"cells/{name}/", secret + f"cells/{name}?", secret + "cells/" + "f" * 32,
                   wrong + f"cells/{name}", secret + "../", secret + "../" + secret[1:],
                   secret + "cells/../", secret + f"cells/../cells/{name}", secret + "%2e%2e/",
                   secret + f"%63ells/{name}", secret + "cells/%2e%2e%2f%2e%2e%2fetc/passwd",
                   secret + "cells/" + "../" * 20 + "etc/passwd", secret + "%00",
                   secret + f"cells/{name}%00", "//etc/passwd", "*", server.address,
                   "/%" + secret[1:], "/favicon.ico", "/robots.txt"]
        for target in targets:
            status, _, body = server.ask(target=target)
            self.assertEqual((status, body), (404, b""), target)
        self.assert_still_serves(server)

    def test_other_methods_are_not_allowed(self):
        server = self.serve()
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            for body in (None, b"x" * 100_000):
                status, headers, answer = server.ask(method=method, body=body)
                self.assertEqual((status, answer, headers["Allow"]), (405, b"", "GET, HEAD"), method)
        self.assertEqual(server.status(method="BREW"), 400)
        self.assertEqual(server.status(method="get"), 400)
        self.assert_still_serves(server)

    def test_names_that_a_foreign_page_could_have_are_refused(self):
        server = self.serve()
        self.assertEqual(server.status(headers={"Host": f"localhost:{server.port}"}), 200)
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1", "localhost",
                     f"127.0.0.1:{server.port + 1}", f"127.0.0.1.evil.example:{server.port}",
                     f"[::1]:{server.port}", f"0.0.0.0:{server.port}", ""):
            self.assertEqual(server.ask(headers={"Host": host})[::2], (403, b""), host)
        line = f"GET {server.base} HTTP/1.1\r\n".encode()
        self.assertEqual(status_of(server.raw(line + b"\r\n")), 403)
        twice = f"Host: {server.host}\r\nHost: evil.example\r\n\r\n".encode()
        self.assertEqual(status_of(server.raw(line + twice)), 403)
        self.assert_still_serves(server)

    def test_requests_of_foreign_pages_are_refused(self):
        server = self.serve()
        own = f"http://{server.host}"
        for origin in ("http://evil.example", "null", "http://127.0.0.1", f"https://{server.host}",
                       f"http://127.0.0.1:{server.port + 1}", f"http://localhost:{server.port}"):
            self.assertEqual(server.status(headers={"Origin": origin}), 403, origin)
        self.assertEqual(server.status(headers={"Origin": own}), 200)
        for site, status in (("cross-site", 403), ("same-site", 403), ("whatever", 403),
                             ("same-origin", 200), ("none", 200)):
            self.assertEqual(server.status(headers={"Sec-Fetch-Site": site}), status, site)
        self.assert_still_serves(server)

    def test_every_answer_forbids_embedding_sniffing_keeping_and_referring(self):
        server = self.serve()
        for settings in ({}, {"path": f"cells/{self.hashes()[0]}"}, {"path": "x"}, {"method": "PUT"},
                         {"method": "BREW"}, {"headers": {"Host": "evil.example"}}):
            headers = server.ask(**settings)[1]
            for name, value in (("X-Content-Type-Options", "nosniff"),
                                ("Referrer-Policy", "no-referrer"),
                                ("Cross-Origin-Resource-Policy", "same-origin"),
                                ("Cross-Origin-Opener-Policy", "same-origin"),
                                ("Cache-Control", "no-store"),
                                ("Content-Security-Policy", "frame-ancestors 'none'")):
                self.assertEqual(headers.get(name), value, settings)
            self.assertFalse([name for name in headers if name.startswith("Access-Control")])


class WhatIsTooMuch(Explore):
    def test_long_paths_headers_and_bodies_are_refused(self):
        server = self.serve()
        self.assertEqual(server.status("x" * (256 - len(server.base))), 404)
        self.assertEqual(server.status("x" * (257 - len(server.base))), 414)
        self.assertEqual(status_of(server.raw(b"GET /" + b"x" * 100_000)), 414)
        self.assertEqual(server.status(headers={"X": "x" * 5000}), 200)
        self.assertEqual(status_of(server.raw(server.request(b"X: " + b"x" * 9000 + b"\r\n\r\n"))), 431)
        self.assertEqual(status_of(server.raw(server.request(b"X: x\r\n" * 100_000))), 431)
        self.assertEqual(server.status(body=b"x"), 413)
        long_body = b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        self.assertEqual(status_of(server.raw(server.request(long_body))), 413)
        chunks = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        self.assertEqual(status_of(server.raw(server.request(chunks))), 413)
        for length in (b"-1", b"99999999999999999999", b"x"):
            answer = server.raw(server.request(b"Content-Length: " + length + b"\r\n\r\n"))
            self.assertEqual(status_of(answer), 413, length)
        self.assert_still_serves(server)

    def test_what_is_no_request_leaves_it_running(self):
        server = self.serve()
        generator = random.Random(5)
        whole = server.request(b"Accept: */*\r\n\r\n")
        for number in range(200):
            noise = generator.randbytes(generator.randrange(1, 3000))
            if number % 2 == 1:
                noise = bytearray(whole)
                for _ in range(generator.randrange(1, 6)):
                    noise[generator.randrange(len(noise))] = generator.randrange(256)
            status = status_of(server.raw(bytes(noise) + b"\r\n\r\n"))
            self.assertIn(status, (200, 400, 403, 404, 405, 414, 431), bytes(noise))
        for request in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0\r\n\r\n",
                        server.request(b"X: \0\r\n\r\n"), server.request(b"X: \x1b\r\n\r\n"),
                        f"GET {server.base}\0 HTTP/1.1\r\n\r\n".encode()):
            self.assertIn(status_of(server.raw(request)), (400, 403), request)
        for request in (b"", b"G", whole[:-1], b"\r\n"):
            self.assertEqual(server.raw(request), b"", request)
        self.assert_still_serves(server)

    def test_clients_that_send_nothing_more_block_nobody_for_long(self):
        server = self.serve()
        silent = [server.connect() for _ in range(60)]
        for number, connection in enumerate(silent):
            self.addCleanup(connection.close)
            connection.sendall(server.request()[:number])
        begin = time.monotonic()
        self.assertEqual(server.status(), 200)
        # One deadline of 5 s for all of them, not one after another.
        self.assertLess(time.monotonic() - begin, 20)
        for connection in silent:
            self.assertIn(status_of(read_all(connection)), (408, None))
        self.assert_still_serves(server)

    def test_a_client_that_sends_a_byte_now_and_then_is_cut_off(self):
        server = self.serve()
        connection = server.connect()
        self.addCleanup(connection.close)
        connection.sendall(server.request(b"X: "))
        connection.settimeout(0.25)
        for _ in range(4 * PATIENCE):
            try:
                answer = connection.recv(1000)
                break
            except TimeoutError:
                connection.sendall(b"x")
        self.assertEqual(status_of(answer), 408)
        self.assert_still_serves(server)

    def test_a_client_that_does_not_take_its_page_blocks_nobody(self):
        server = self.serve()
        for _ in range(3):  # of four threads
            connection = server.connect()
            self.addCleanup(connection.close)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(server.request(b"\r\n"))
        self.assert_still_serves(server)


class HowItEnds(Explore):
    def test_an_interrupt_ends_it_after_what_is_in_flight(self):
        server = self.serve()
        whole = server.request(b"\r\n")
        begun = [server.connect() for _ in range(4)]  # as many as there are threads
        for connection in begun:
            connection.sendall(whole[:10])
        queued = server.connect()
        queued.sendall(whole)
        while server.waiting() > 0:
            pass  # until it has accepted all
        server.process.send_signal(signal.SIGTERM)
        for connection in begun:
            connection.sendall(whole[10:])
        for connection in (*begun, queued):
            self.addCleanup(connection.close)
            self.assertEqual(status_of(read_all(connection)), 200)
        self.assertEqual(server.process.wait(timeout=PATIENCE), 130)
        with self.assertRaises(ConnectionRefusedError):
            server.connect()

    def test_a_port_that_is_taken_is_an_output_failure(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            errors = self.refused(5, "explore", self.table(), "--port", port)
        self.assertIn(f"127.0.0.1:{port}", errors)
        self.assertIn("Address already in use", errors)
        server = self.serve(self.table(), "--port", port)
        self.assertEqual(server.port, port)
        self.refused(5, "explore", self.table(), "--port", port)
        self.assert_still_serves(server)

    def test_what_is_absent_exits_with_4_and_bad_usage_with_2(self):
        self.refused(4, "explore", self.directory / "absent.ecnas")
        self.refused(4, "explore", self.table(), "--epochs", 5)
        self.refused(4, "explore", self.table(), "--repeat", 99)
        for arguments in (["--port", 80], ["--port", 70000], ["--port", -1], ["--port", "x"],
                          ["--repeat", 0], ["--epochs", "x"]):
            self.refused(2, "explore", self.table(), *arguments)

    def test_without_the_template_of_pages_it_says_what_to_install(self):
        program = self.directory / "bin" / "ecnas"
        program.parent.mkdir()
        shutil.copy(PROGRAM, program)
        result = subprocess.run([program, "explore", self.table()], capture_output=True,
                                timeout=PATIENCE, check=False)
        self.assertEqual((result.returncode, result.stdout), (6, b""))
        self.assertIn(b"install Node", result.stderr)

    def test_a_damaged_table_is_bad_input(self):
        path = self.directory / "damaged.ecnas"
        path.write_bytes(self.table().read_bytes()[:-1])
        self.refused(3, "explore", path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
