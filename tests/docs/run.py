#!/usr/bin/env python3
"""Runs what the documentation shows.

In every ```console block of the given Markdown files, lines that begin with "$ " are run in the repository's root
with the program on the path; the lines below must be what they print (standard output and error together). A line
"..." stands for any lines. An exit status other than 0 must be shown by a command "echo $?" behind it.

    run.py FOLDER-OF-THE-PROGRAM FILE...
"""
import os
import pathlib
import subprocess
import sys


def blocks(text):
    """The line number and the lines of each console block."""
    inside, start, lines = False, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if not inside and line.strip() == "```console":
            inside, start, lines = True, number, []
        elif inside and line.strip() == "```":
            inside = False
            yield start, lines
        elif inside:
            lines.append(line)


def commands(lines):
    """Each command of a block with the lines it shall print."""
    command, expected = None, []
    for line in lines:
        if line.startswith("$ "):
            if command is not None:
                yield command, expected
            command, expected = line[2:], []
        else:
            expected.append(line.rstrip())
    if command is not None:
        yield command, expected


def matches(expected, actual):
    """Whether ACTUAL is EXPECTED, where "..." stands for any number of lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and matches(expected[1:], actual[1:])


def main(folder, files):
    root = pathlib.Path(__file__).resolve().parents[2]
    environment = dict(os.environ, PATH=f"{pathlib.Path(folder).resolve()}:{os.environ['PATH']}",
                       NO_COLOR="1", LC_ALL="C.UTF-8")
    ran = bad = 0
    for file in files:
        for start, lines in blocks(pathlib.Path(file).read_text(encoding="utf-8")):
            status = 0
            for command, expected in commands(lines):
                result = subprocess.run(["bash", "-c", f"(exit {status}); {command}"], cwd=root, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, timeout=300)
                status = result.returncode
                actual = [line.rstrip() for line in result.stdout.splitlines()]
                ran += 1
                if not matches(expected, actual):
                    bad += 1
                    print(f"{file}:{start}: $ {command}\n--- shown\n" + "\n".join(expected))
                    print("--- printed\n" + "\n".join(actual))
    print(f"{ran} commands, {bad} differ")
    return 1 if bad or not ran else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
