"""Measuring energy from Python."""

import signal
import os
import concurrent.futures
import json
import threading
import time

import pytest

import ecnas


def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(1000))


def test_a_measurement_has_spans_and_says_how_good_it_is():
    with ecnas.Tracker(interval_s=0.02, pue=1.5, carbon_intensity=100.0) as tracker:
        with tracker.span("outer"):
            with tracker.span("inner"):
                work(0.15)
            running = tracker.so_far()
    used = tracker.measurement
    assert [span.name for span in used.spans] == ["outer", "inner"]
    assert [span.depth for span in used.spans] == [0, 1]
    assert used.spans[1].duration_s == pytest.approx(0.15, abs=0.1)
    assert 0 < used.spans[1].energy_kwh <= used.energy_kwh
    assert running.duration_s <= used.duration_s
    assert used.co2eq_g == pytest.approx(100 * used.energy_kwh)
    assert used.quality in ("counter", "integrated", "modelled")
    if used.quality == "modelled":
        lower, upper = used.energy_kwh_interval
        assert lower < used.energy_kwh < upper
    document = json.loads(used.to_json())
    assert document["pue"] == 1.5
    joules = sum(component["energy_j"] for component in used.components)
    assert used.energy_kwh == pytest.approx(1.5 * joules / 3.6e6)


def test_a_decorated_function_is_measured_at_each_call():
    tracker = ecnas.Tracker(interval_s=0.02)

    @tracker
    def compute(seconds, scale=1):
        """Does something."""
        work(seconds)
        return scale

    assert compute(0.02, scale=3) == 3 and compute.__doc__ == "Does something."
    first = tracker.measurement
    compute(0.05)
    assert tracker.measurement.duration_s > first.duration_s


def test_misuse_is_refused():
    tracker = ecnas.Tracker()
    for call in (tracker.stop, tracker.so_far, lambda: tracker.measurement):
        with pytest.raises(ecnas.InvalidArgument):
            call()
    with pytest.raises(ecnas.InvalidArgument):
        with tracker.span("x"):
            pass
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Tracker(pue=0.5).start()
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Tracker(interval_s=0.0).start()
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Tracker(zone="Atlantis").start()
    with pytest.raises(ecnas.InvalidArgument):
        ecnas.Tracker(zone="DK", carbon_intensity=10).start()
    with tracker, pytest.raises(ecnas.InvalidArgument):
        tracker.start()


def test_an_exception_passes_and_the_measurement_is_kept():
    tracker = ecnas.Tracker()
    with pytest.raises(RuntimeError, match="inner"):
        with tracker, tracker.span("failing"):
            raise RuntimeError("inner")
    assert tracker.measurement.spans[0].name == "failing"


def test_spans_of_several_threads():
    with ecnas.Tracker(interval_s=0.02) as tracker:
        def run(name):
            with tracker.span(name):
                work(0.05)
        threads = [threading.Thread(target=run, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(span.name for span in tracker.measurement.spans) == ["t0", "t1", "t2", "t3"]


def test_a_fork_leaves_the_tracker_to_its_parent():
    tracker = ecnas.Tracker().start()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            tracker.so_far()
        except ecnas.InvalidArgument as error:
            status = 0 if "forked" in str(error) else 2
        del tracker
        os._exit(status)
    deadline = time.monotonic() + 20
    while (done := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    if done[0] == 0:
        os.kill(child, signal.SIGKILL)
    assert done[0] == child and os.waitstatus_to_exitcode(done[1]) == 0
    assert tracker.stop().duration_s > 0


def test_a_decorated_function_may_call_itself_and_run_on_threads():
    tracker = ecnas.Tracker()

    @tracker
    def count(n):
        time.sleep(0.01)
        return n and 1 + count(n - 1)

    assert count(3) == 3 and tracker.measurement.duration_s >= 0.04
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        assert list(pool.map(count, [1, 2, 1])) == [1, 2, 1]
    assert repr(tracker).startswith("Tracker(interval_s=0.1, pue=1.0, ")


def test_functions_that_return_before_their_work_is_done_are_refused():
    with pytest.raises(ecnas.InvalidArgument, match="plain function"):

        @ecnas.Tracker()
        def generate():
            yield 1
