"""What the tests of `ecnas fetch` share: fetching from a server of one's own.

Standard library only.
"""

import json
import os
import subprocess
import time

from contract import MADE_UP, PROGRAM, Directory, ecnas
from fetch_server import PATIENCE, Server

NAME = "nasbench-only108"  # a file without a published digest: anything passes for it
FILE = "nasbench_only108.tfrecord"
KNOWN = "ec-nas-4v-linscale"  # one with
KNOWN_FILE = "energy_4V9E_linscale.tfrecord"
KNOWN_BYTES = 297784
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Fetch(Directory):
    def setUp(self):
        super().setUp()
        self.content = MADE_UP.read_bytes()
        self.server = self.serve(self.content)
        self.output = self.directory / "tables"
        self.file = self.output / FILE
        self.part = self.output / (FILE + ".part")
        self.environment = {name: value for name, value in os.environ.items()
                            if name.lower() not in PROXIES}
        self.environment["XDG_DATA_HOME"] = str(self.directory / "data")
        self.pins = self.directory / "data" / "ecnas" / "pinned-digests.json"

    def serve(self, content, **settings):
        server = Server(content, **settings)
        self.addCleanup(server.stop)
        return server

    def command(self, *arguments, name=NAME, mirror=None):
        return ["fetch", name, "--directory", self.output, "--mirror",
                mirror or self.server.address, *arguments]

    def fetch(self, *arguments, **settings):
        """What it says with --json about the one file."""
        output, errors = ecnas(*self.command(*arguments, "--json", **settings),
                               env=self.environment)
        (file,) = json.loads(output)["files"]
        return file, errors

    def fails(self, status, *arguments, retries=0, **settings):
        return self.refused(status, *self.command("--retries", retries, *arguments, **settings),
                            env=self.environment)

    def start(self, *arguments):
        process = subprocess.Popen([PROGRAM, *map(str, self.command(*arguments))],
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_part(self, size):
        deadline = time.monotonic() + PATIENCE
        while not self.part.exists() or self.part.stat().st_size < size:
            self.assertLess(time.monotonic(), deadline, "the part does not grow")
            time.sleep(0.005)

    def assert_whole(self):
        self.assertEqual(self.file.read_bytes(), self.content)
        left = [path.name for path in self.output.iterdir() if ".part" in path.name]
        self.assertEqual(left, [])

    def assert_nothing(self):
        self.assertEqual(list(self.output.iterdir()), [])
