"""A sweep over a real Slurm: two nodes on this machine, one of which is lost in the middle.

    python3 slurm_test.py PROGRAM STUB

Starts munged, slurmctld and two slurmd in a temporary directory, with ports and keys of their own, and
ends them all. Exit status 77 (skipped) where Slurm is not installed or this is not root's process.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from contract import ecnas, ecnas_json
from sweeping import STUB, Sweeping

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scontrol")
PATIENCE_S = 240  # for a cluster on a busy machine

CONFIGURATION = """
ClusterName=ecnas-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={directory}/munge/socket
CredType=cred/munge
StateSaveLocation={directory}/state
SlurmdSpoolDir={directory}/spool-%n
SlurmctldPidFile={directory}/slurmctld.pid
SlurmdPidFile={directory}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=15
InactiveLimit=0
MinJobAge=300
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


def missing():
    """Why this cannot run here, or None."""
    os.environ["PATH"] += ":/usr/sbin"
    if os.geteuid() != 0:
        return "not root"
    return next((f"no {name}" for name in NEEDED if shutil.which(name) is None), None)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for taken in sockets:
        taken.bind(("127.0.0.1", 0))
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


def descendants(pid):
    """All processes below one, and itself."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(entry.name)] = int(fields[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


class Cluster:
    """A Slurm of two nodes, as long as it lives."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="ecnas-slurm-"))
        self.directory.chmod(0o755)
        self.daemons = {}
        (self.directory / "munge").mkdir(mode=0o755)
        (self.directory / "state").mkdir()
        key = self.directory / "munge" / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        configuration = self.directory / "slurm.conf"
        configuration.write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], ports=free_ports(3), directory=self.directory))
        self.environment = {**os.environ, "SLURM_CONF": str(configuration)}

    def start(self):
        munge = self.directory / "munge"
        self.daemon("munged", "munged", "--foreground", "--force", f"--key-file={munge}/key",
                    f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                    f"--log-file={munge}/log", f"--seed-file={munge}/seed", "--num-threads=2")
        self.wait_for(lambda: (munge / "socket").exists(), "munged")
        self.daemon("slurmctld", "slurmctld", "-D", "-c")
        for node in ("n1", "n2"):
            self.daemon(node, "slurmd", "-D", "-N", node)
        self.wait_for(lambda: self.says("sinfo", "-h", "-o", "%t %D").strip() == "idle 2", "nodes")

    def daemon(self, name, *command):
        log = open(self.directory / f"{name}.log", "wb")
        with log:
            self.daemons[name] = subprocess.Popen(command, env=self.environment, stdout=log,
                                                  stderr=log, start_new_session=True)

    def says(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              timeout=60, check=False).stdout

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            for name, daemon in self.daemons.items():
                if daemon.poll() is not None and daemon.returncode != -signal.SIGKILL:
                    raise AssertionError(f"{name} has ended:\n{self.logs()}")
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not after {PATIENCE_S} s:\n{self.logs()}")
            time.sleep(0.2)

    def logs(self):
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}"
                         for file in sorted(self.directory.glob("*.log")))

    def lose(self, node):
        """As if the machine lost its power: its daemon, its steps and their jobs at once."""
        for pid in descendants(self.daemons[node].pid):
            self.kill(pid)
        self.daemons[node].wait()

    @staticmethod
    def kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def end(self):
        family = set()
        for daemon in self.daemons.values():
            if daemon.poll() is None:
                family |= descendants(daemon.pid)
        for pid in family:
            self.kill(pid)
        for daemon in self.daemons.values():
            daemon.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Slurm(Sweeping):
    def test_every_run_is_collected_though_a_node_is_lost_in_the_middle(self):
        cluster = Cluster()
        self.addCleanup(cluster.end)
        cluster.start()
        sweep = self.create("--stub-steps", "300", space="3v", budgets=(1, 2), repeats=3,
                            sections='[limits]\nlease_timeout = "3s"\n[slurm]\ntasks = 2\n')
        runs = 7 * 2 * 3
        output, _ = ecnas("sweep", "submit", sweep, "--trainer", STUB, env=cluster.environment)
        self.assertIn(b"job ", output)
        # In the middle: both nodes have begun, some runs are done.
        cluster.wait_for(lambda: len(list((sweep / "workers").glob("*.beat"))) == 2, "two tasks")
        cluster.wait_for(lambda: self.status(sweep)["done"] >= 6, "six runs")
        self.assertLess(self.status(sweep)["done"], runs)
        cluster.lose("n2")
        cluster.wait_for(lambda: self.status(sweep)["done"] == runs, "all runs")
        cluster.wait_for(lambda: self.says_nothing(cluster), "the end of the job")
        self.expect_all_done_once(sweep, runs)
        collected = ecnas_json("sweep", "collect", sweep, "-o", self.directory / "t.ecnas")
        self.assertEqual((collected["rows"], collected["left"]), (runs, 0))
        self.assertEqual(self.status(sweep)["shared_machine"], runs)

    @staticmethod
    def says_nothing(cluster):
        """Whether no task runs; one that was on the lost node may wait to be run again."""
        return cluster.says("squeue", "-h", "-t", "running,completing", "-o", "%i %N %t").strip() == ""

    def test_cancel_takes_the_job_back(self):
        cluster = Cluster()
        self.addCleanup(cluster.end)
        cluster.start()
        sweep = self.create("--stub-steps", "1000000",
                            sections='[limits]\nlease_timeout = "3s"\n[slurm]\ntasks = 4\n')
        ecnas("sweep", "submit", sweep, "--trainer", STUB, env=cluster.environment)
        cluster.wait_for(lambda: self.status(sweep)["held"] == 2, "two tasks")
        ecnas("sweep", "cancel", sweep, "--now", env=cluster.environment)
        cluster.wait_for(lambda: cluster.says("squeue", "-h").strip() == "", "an empty queue")
        self.assertEqual(self.status(sweep)["held"], 0)


if __name__ == "__main__":
    reason = missing()
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
