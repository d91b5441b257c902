#!/usr/bin/env python3
"""What a recording leaves behind when it is ended in every way there is, in the middle of a flood of events.

    signals.py PROGRAM LIBRARY     the program ftblab, the stand-in libftb.so
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 120  # seconds that a busy machine may need; whatever is waited for comes at once on an idle one
HERE = pathlib.Path(__file__).resolve().parent
ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
bad = 0


def check(condition, words):
    """Count and print what does not hold."""
    global bad
    if not condition:
        bad += 1
        print("FAILED:", words)


def comes_true(what):
    """Wait until it does; False: not within any reason."""
    end = time.monotonic() + PATIENCE
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


class Recording:
    """A recording of an endless flood into a file of the folder. What it says goes to a file, to be read meanwhile."""

    def __init__(self, folder, *options, output=None):
        script = pathlib.Path(folder) / "script"
        script.write_bytes((HERE / "forever.script").read_bytes())
        pathlib.Path(f"{script}.at").unlink(missing_ok=True)
        self.trace = pathlib.Path(folder) / "trace"
        command = [sys.argv[1], "record", "--libftb", sys.argv[2], *options]
        command += ["--output", str(self.trace)] if output is None else []
        self.said = pathlib.Path(folder) / "said"
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(command, env=dict(os.environ, FTBLAB_STANDIN=str(script)), stdout=output,
                                            stderr=said)

    def words(self):
        return self.said.read_text(encoding="utf-8")

    def has_lines(self, count):
        """Wait until the trace has so many."""
        come = comes_true(lambda: self.trace.exists() and self.trace.read_bytes().count(b"\n") >= count)
        check(come, f"no {count} lines came")

    def end(self, number=None):
        """Send the signal, if it is one, and wait for the end."""
        if number is not None:
            self.process.send_signal(number)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            check(False, "a recording does not end")
            self.process.kill()
            self.process.wait()

    def children(self):
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(word) for word in listed.stdout.split()]

    def lines(self, killed=False):
        """The records; a line that is none counts against the recording. The kernel may cut a write by SIGKILL."""
        text = self.trace.read_text(encoding="utf-8")
        if killed:
            text = text[:text.rindex("\n") + 1]
        check(text.endswith("\n"), "the trace ends in half a line")
        return [json.loads(line) for line in text.splitlines()]


def is_gone(process):
    """Also when nobody has asked for its status yet."""
    def is_over():
        try:
            state = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        return state in "ZX"
    return comes_true(is_over)


def check_whole(records, what):
    """Header, connection, then each event of the flood in order."""
    numbers = [record["seq"] for record in records if "seq" in record]
    check(records[0].get("ftblab_trace") == 1, f"{what}: no header")
    check(all(later == (earlier + 1) % 65536 for earlier, later in zip(numbers, numbers[1:])), f"{what}: events are missing")
    check(len(numbers) > 0, f"{what}: no events")
    return len(numbers)


def test_ends():
    for number in ENDS:
        with tempfile.TemporaryDirectory() as folder:
            recording = Recording(folder)
            recording.has_lines(1000)
            children = recording.children()
            recording.end(number)
            words = recording.words()
            name = signal.Signals(number).name
            check(recording.process.returncode == 0, f"{name}: exit status {recording.process.returncode}")
            records = recording.lines()
            events = check_whole(records, name)
            check(records[-1]["event"] == "RECORDER_ENDED", f"{name}: the trace does not say that it ended")
            check(f"{events} events recorded, 0 lost" in words, f"{name}: said {words!r} for {events} events")
            check(len(children) == 1 and is_gone(children[0]), f"{name}: its child is still there")


def test_kill():
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(folder)
        recording.has_lines(1000)
        children = recording.children()
        recording.end(signal.SIGKILL)
        before = check_whole(recording.lines(killed=True), "SIGKILL")
        check(len(children) == 1 and is_gone(children[0]), "SIGKILL: its child is still there")
        again = Recording(folder, "--append", "--count", "10")
        again.end()
        after = sum("seq" in record for record in again.lines())
        check(after == before + 10, f"after SIGKILL and --append there are {after} events, not {before + 10}")


def test_child_killed():
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(folder)
        recording.has_lines(1000)
        os.kill(recording.children()[0], signal.SIGKILL)
        comes_true(lambda: recording.trace.read_bytes().count(b"RECORDER_CONNECTED") > 1)
        recording.end(signal.SIGTERM)
        events = [record.get("event") for record in recording.lines()]
        check("RECORDER_LOST" in events, "a child that was killed is not told")
        check(events.count("RECORDER_CONNECTED") == 2, "no new connection after the child was killed")


def test_report():
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(folder)
        recording.has_lines(100)
        recording.process.send_signal(signal.SIGUSR1)
        check(comes_true(lambda: " events, 0 lost, connected" in recording.words()),
              f"SIGUSR1: said {recording.words()!r}")
        check(recording.process.poll() is None, "SIGUSR1 ends the recording")
        recording.end(signal.SIGINT)


def test_reader_leaves():
    with tempfile.TemporaryDirectory() as folder:
        reader, writer = os.pipe()
        recording = Recording(folder, output=writer)
        os.close(writer)
        os.read(reader, 4096)
        os.close(reader)
        recording.end()
        words = recording.words()
        check(recording.process.returncode == 70, f"reader gone: exit status {recording.process.returncode}")
        check("standard output: cannot write: Broken pipe" in words, f"reader gone: said {words!r}")


if __name__ == "__main__":
    test_ends()
    test_kill()
    test_child_killed()
    test_report()
    test_reader_leaves()
    sys.exit(1 if bad else 0)
