"""`ecnas fetch` goes on after failures, where it stopped, and gives up where that is no use.

Standard library only. Usage: fetch_recovery_test.py PROGRAM
"""

import email.utils
import signal
import sys
import time
import unittest

from contract import ecnas
from fetch_server import PATIENCE, says
from fetching import FILE, Fetch


class BadConnections(Fetch):
    def test_a_truncated_download_goes_on_where_it_ended(self):
        self.server.script = [self.server.truncated(500), self.server.truncated(0)]
        file, errors = self.fetch()
        self.assertEqual([request.offset() for request in self.server.requests], [None, 500, 500])
        self.assertEqual(self.server.requests[1].headers["if-range"], '"first"')
        self.assertEqual(len(errors.splitlines()), 2)
        self.assertIn("attempt 2 in ", errors)
        self.assert_whole()
        self.assertEqual(file["resumed_from"], 0)

    def test_a_stall_ends_an_attempt(self):
        self.server.script = [self.server.stalled(700)]
        _, errors = self.fetch("--timeout", 0.2)
        self.assertIn("nothing, or next to nothing, came", errors)
        self.assertEqual(self.server.requests[1].offset(), 700)
        self.assert_whole()

    def test_a_server_that_is_not_there_is_a_failure_of_the_network(self):
        self.server.stop()
        self.assertIn("given up after attempt 1", self.fails(5))
        self.assert_nothing()

    def test_every_retry_is_counted(self):
        self.server.script = [says(503, Content_Length=0)] * 9
        _, errors = ecnas(*self.command("--retries", 1), status=5, env=self.environment)
        self.assertEqual(len(self.server.requests), 2)
        self.assertIn("status 503; given up after attempt 2", errors)

    def test_what_cannot_get_better_is_not_tried_again(self):
        for code, status in ((404, 4), (410, 4), (403, 5), (401, 5), (400, 5), (204, 5), (304, 5)):
            self.server.script = [says(code)]
            self.server.requests.clear()
            self.assertIn(f"status {code}", self.fails(status, retries=5))
            self.assertEqual(len(self.server.requests), 1)
        self.assert_nothing()

    def test_an_overloaded_server_is_given_the_time_it_asks_for(self):
        def in_two_seconds():
            return email.utils.formatdate(time.time() + 2, usegmt=True)

        # Dates have whole seconds, so the second wait is of more than one.
        for code, wait, least in ((429, lambda: "1", 1.0), (503, in_two_seconds, 0.9)):
            self.server.script = [says(code, Retry_After=wait(), Content_Length=0)]
            begin = time.monotonic()
            self.fetch("--no-import")
            self.assertGreaterEqual(time.monotonic() - begin, least, code)
            self.file.unlink()
        self.server.script = [says(500, Content_Length=0)]
        self.fetch("--no-import")
        self.assert_whole()

    def test_a_wait_of_hours_is_said_and_not_waited_for(self):
        late = email.utils.formatdate(time.time() + 9000, usegmt=True)
        for wait in ("7200", late):
            self.server.script = [says(429, Retry_After=wait, Content_Length=0)]
            self.assertIn("asks to wait", self.fails(5, retries=3))


class Resuming(Fetch):
    def leave_part(self, count=600):
        self.server.script = [self.server.truncated(count)]
        self.fails(5)
        self.assertEqual(self.part.read_bytes(), self.content[:count])
        self.server.requests.clear()

    def test_a_later_fetch_goes_on_from_the_part(self):
        self.leave_part()
        file, _ = self.fetch()
        self.assertEqual(file["resumed_from"], 600)
        self.assertEqual(self.server.requests[0].offset(), 600)
        self.assert_whole()

    def test_a_changed_file_is_fetched_anew(self):
        self.leave_part()
        self.content = self.server.content = self.content.replace(b"0.5", b"0.6")
        self.server.entity_tag = '"second"'
        self.assertEqual(self.fetch()[0]["resumed_from"], 0)
        self.assertEqual(len(self.server.requests), 1)
        self.assert_whole()

    def test_a_server_without_ranges_sends_all(self):
        self.leave_part()
        self.server.script = [self.server.without_ranges]
        self.fetch()
        self.assert_whole()

    def test_parts_that_do_not_continue_ours_are_not_appended(self):
        size = len(self.content)
        for content_range, tag in (("bytes 599-999/9999", '"first"'), ("bytes 601-1683/1684", ""),
                                   ("junk", '"first"'), (f"bytes 600-{size - 1}/{size}", '"other"'),
                                   ("bytes 600-1699/1700", '"first"'), ("bytes -1-5/9", '"first"')):
            self.leave_part()
            self.server.script = [says(206, b"?" * (size - 600), Content_Length=size - 600,
                                       Content_Range=content_range, ETag=tag)]
            self.fetch("--no-import")
            self.assertEqual([request.offset() for request in self.server.requests], [600, None])
            self.assert_whole()
            self.file.unlink()
            self.pins.unlink()

    def test_a_part_that_the_server_has_not_is_begun_anew(self):
        self.leave_part()
        self.server.script = [says(416, Content_Range="bytes */100")]
        self.fetch()
        self.assert_whole()

    def test_a_part_of_unknown_origin_is_begun_anew(self):
        for source in (None, "", "ecnas part 1\n", "\0" * 1000, "x" * 1_000_000,
                       "ecnas part 1\nurl http://elsewhere/\nvalidator \"first\"\n",
                       "ecnas part 1\nbytes 10000000000000000000000\n"):
            self.output.mkdir(exist_ok=True)
            self.part.write_bytes(b"?" * 600)
            where = self.output / (FILE + ".part.source")
            where.unlink(missing_ok=True)
            if source is not None:
                where.write_text(source)
            self.fetch("--no-import")
            self.assert_whole()
            self.file.unlink()
            self.pins.unlink()

    def test_a_part_that_leads_to_another_digest_is_begun_anew(self):
        self.fetch("--no-import")
        self.file.unlink()
        self.part.write_bytes(b"?" * 600)
        file, errors = self.fetch()
        self.assertEqual((file["verified_by"], file["resumed_from"]), ("first_download", 0))
        self.assertIn("begun anew", errors)
        self.assert_whole()

    def test_a_complete_part_is_only_checked(self):
        self.leave_part()
        self.part.write_bytes(self.content)
        self.assertEqual(self.fetch()[0]["resumed_from"], len(self.content))
        self.assertEqual(self.server.requests, [])
        self.assert_whole()

    def test_an_interrupted_fetch_keeps_its_part_and_goes_on(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.server.script = [self.server.stalled(600)]
            process = self.start()
            self.wait_for_part(600)
            process.send_signal(number)
            output, errors = process.communicate(timeout=PATIENCE)
            self.assertEqual((process.returncode, output), (130, b""))
            self.assertIn(b"interrupted; 600 bytes are kept", errors)
            self.assertEqual(self.fetch()[0]["resumed_from"], 600)
            self.assert_whole()
            self.file.unlink()

    def test_an_interrupt_ends_a_pause(self):
        self.server.script = [says(503, Retry_After=50, Content_Length=0)]
        process = self.start()
        self.assertIn(b"attempt 2 in 50.0 s", process.stderr.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, 130)

    def test_a_killed_fetch_is_gone_on_with(self):
        self.server.script = [self.server.stalled(600)]
        process = self.start()
        self.wait_for_part(600)
        process.kill()
        process.communicate()
        self.assertEqual(self.fetch()[0]["resumed_from"], 600)
        self.assert_whole()

    def test_two_at_once_do_not_mix(self):
        self.server.script = [self.server.stalled(600)]
        first = self.start()
        self.wait_for_part(600)
        self.assertIn("another download writes it", self.fails(5))
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=PATIENCE)
        self.fetch()
        self.assert_whole()

    def test_many_at_once_leave_the_file_whole(self):
        processes = [self.start("--no-import") for _ in range(6)]
        for process in processes:
            process.communicate(timeout=PATIENCE)
        self.assertLessEqual({process.returncode for process in processes}, {0, 3, 5})
        self.assertIn(0, [process.returncode for process in processes])
        self.assert_whole()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
