#!/usr/bin/env python3
"""check --follow: what a growing file or a pipe may do while it is followed, and how the program is told to stop.

    follow.py PROGRAM

A trace with one finding is fed piece by piece, and the writer, the file or the user does something to it. Each case
says what must have been told before the end, the exit status, and what stands on standard error.
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINES = (ROOT / "tests" / "traces" / "b13-dropped-catch.jsonl").read_text(encoding="utf-8").splitlines(True)
FINDING_AT = 9  # the line with which the missing catch becomes certain
PATIENCE = 120  # seconds that a busy machine may need; whatever is waited for comes at once on an idle one
COMPLAINTS = []


class Followed:
    """The program on a source that NAME says; what it tells goes to a file, which can be read while it runs."""

    def __init__(self, program, folder, name, stdin=subprocess.DEVNULL):
        self.told_file, self.error_file = folder / "told", folder / "error"
        with open(self.told_file, "wb") as told, open(self.error_file, "wb") as error:
            self.process = subprocess.Popen([program, "check", "--follow", name], cwd=folder, stdin=stdin, stdout=told,
                                            stderr=error)

    def told(self):
        return self.told_file.read_text(encoding="utf-8")

    def error(self):
        return self.error_file.read_text(encoding="utf-8")

    def wait_until(self, what):
        end = time.monotonic() + PATIENCE
        while not what() and time.monotonic() < end:
            time.sleep(0.02)
        return what()

    def wait_for_finding(self):
        return self.wait_until(lambda: "4(a)/missing" in self.told())

    def place_in(self, path):
        """How much of the file it has read; -1: it has not opened it yet."""
        folder = pathlib.Path(f"/proc/{self.process.pid}")
        try:
            for link in (folder / "fd").iterdir():
                if os.path.samefile(link, path):
                    return int((folder / "fdinfo" / link.name).read_text().split()[1])
        except OSError:
            pass  # it opened or closed a file meanwhile: look again
        return -1

    def settle(self, path):
        """It has read what is there of the file."""
        self.wait_until(lambda: self.place_in(path) == path.stat().st_size)

    def hold(self):
        """It does nothing until it is let go on."""
        self.process.send_signal(signal.SIGSTOP)
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat")
        self.wait_until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T")

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self, signal_number=None):
        if signal_number is not None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "did not end"


def expect(case, what, got, wanted):
    if got != wanted:
        COMPLAINTS.append(case)
        print(f"{case}: {what} is {got!r}, not {wanted!r}")


def grow(path, lines):
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(lines))


def pipe_and_signal(program, folder, number):
    """A signal ends a read that waits; so does the verdict come, and it is no failure to read."""
    case = f"pipe, {number.name}"
    followed = Followed(program, folder, "-", subprocess.PIPE)
    followed.process.stdin.write("".join(LINES).encode())
    followed.process.stdin.flush()
    expect(case, "a finding before the end", followed.wait_for_finding(), True)
    expect(case, "exit", followed.end(number), 1)
    followed.process.stdin.close()
    expect(case, "error", followed.error(), "")
    expect(case, "the verdict", "-: violates" in followed.told(), True)


def half_a_line(program, folder):
    """Half a line is no finding and no bad record: neither while it is written nor when the user stops."""
    path = folder / "half.jsonl"
    grow(path, LINES[:FINDING_AT - 1] + [LINES[FINDING_AT - 1][:40]])
    followed = Followed(program, folder, path.name)
    followed.settle(path)
    expect("half a line", "told", followed.told(), "")
    grow(path, [LINES[FINDING_AT - 1][40:], LINES[FINDING_AT][:20]])
    expect("half a line", "a finding with its end", followed.wait_for_finding(), True)
    followed.settle(path)
    expect("half a line", "exit", followed.end(signal.SIGTERM), 1)
    expect("half a line", "error", followed.error(), "ftblab: half.jsonl: the last line was not whole yet: it is left out\n")


def told_once(program, folder):
    """The finding is one, also where what follows shows that it is of another workflow than it seemed."""
    path = folder / "once.jsonl"
    grow(path, LINES[:FINDING_AT])
    followed = Followed(program, folder, path.name)
    expect("told once", "a finding", followed.wait_for_finding(), True)
    grow(path, LINES[FINDING_AT:])
    followed.settle(path)
    lines = [line for line in followed.told().splitlines() if "/missing: " in line]
    expect("told once", "lines", len(lines), 1)
    expect("told once", "exit", followed.end(signal.SIGINT), 1)
    expect("told once", "the verdict's workflow", "B.1.3/4(a)/missing" in followed.told(), True)


def cut(program, folder):
    path = folder / "cut.jsonl"
    grow(path, LINES)
    followed = Followed(program, folder, path.name)
    expect("cut", "a finding", followed.wait_for_finding(), True)
    os.truncate(path, 100)
    expect("cut", "exit", followed.end(), 3)
    length = len("".join(LINES).encode())
    expect("cut", "error", followed.error(),
           f"ftblab: cut.jsonl: the file was cut to 100 bytes when {length} of it were read\n")
    expect("cut", "the verdict", "cut.jsonl: violates" in followed.told(), True)


def moved(program, folder, removed):
    """What is written while the name goes still counts; what another file of the name has is another trace."""
    case = "removed" if removed else "moved"
    path = folder / f"{case}.jsonl"
    grow(path, LINES[:5])
    followed = Followed(program, folder, path.name)
    followed.settle(path)
    followed.hold()
    with open(path, "a", encoding="utf-8") as writer:
        if removed:
            path.unlink()
        else:
            path.rename(folder / "moved.old")
            grow(path, LINES[:2])
        writer.write("".join(LINES[5:]))
    followed.go_on()
    expect(case, "exit", followed.end(), 1)
    expect(case, "error", followed.error(),
           f"ftblab: {path.name}: the file was moved or removed: its end is the end of the trace\n")
    expect(case, "records", f"{len(LINES) - 1} records read" in followed.told(), True)


def moved_input(program, folder):
    """Of a file on standard input only that it is removed is known: to be moved is no end."""
    path = folder / "input.jsonl"
    grow(path, LINES[:5])
    with open(path, "rb") as source:
        followed = Followed(program, folder, "-", source)
    followed.settle(path)
    path = path.rename(folder / "input.old")
    grow(path, LINES[5:])
    expect("input", "told", followed.wait_for_finding(), True)
    followed.settle(path)
    expect("input", "runs", followed.process.poll(), None)
    path.unlink()
    expect("input", "exit", followed.end(), 1)
    expect("input", "error", followed.error(),
           "ftblab: -: the file was moved or removed: its end is the end of the trace\n")


def main(program):
    program = str(pathlib.Path(program).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for number in (signal.SIGINT, signal.SIGTERM):
            pipe_and_signal(program, folder, number)
        half_a_line(program, folder)
        told_once(program, folder)
        cut(program, folder)
        moved(program, folder, False)
        moved(program, folder, True)
        moved_input(program, folder)
    print(f"{len(COMPLAINTS)} complaints")
    return 1 if COMPLAINTS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
