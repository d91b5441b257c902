#!/usr/bin/env python3
"""Traces go out as XES and CSV and come back as the same records, whatever is in them.

All traces of tests/traces that can be read, and traces of contents made to break a writer: quotes, line ends, control
characters, what XML has no place for. What goes out is read by Python's own XML and CSV readers as well, and its
cases are compared with the verdict of `check`.

    round.py PROGRAM
"""
import csv
import io
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from decimal import Decimal

SPACE = "{http://www.xes-standard.org/}"
KEYS = ["t", "component", "instance", "host", "action", "event", "payload", "channel", "severity", "type", "space",
        "seq", "cause", "note"]
NASTY = ['"', "'", ",", "\n", "\r", "\r\n", "\t", "\x01", "\x1b", "\x7f", "\x85", "\u2028", "\ufffe", "\uffff",
         "\ufffd", "\ud7ff", "\U0010ffff", "é", "漢", "<", ">", "&", "]]>", "&#10;", "\\", "\\u0041", "\\\"", " ", "  ", "",
         "=1+1", "a", "n1", "nodes: {n1}", "\ufeff"]
failures = []


def run(*arguments, data=None):
    return subprocess.run(arguments, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def records_of(text):
    """The header, or None, and the records with the keys that we know."""
    lines = [json.loads(line, parse_float=Decimal) for line in text.decode("utf-8-sig").split("\n") if line.strip()]
    header = lines.pop(0) if lines and "ftblab_trace" in lines[0] else None
    return header, [{key: line[key] for key in KEYS if key in line} for line in lines]


def header_words(header):
    header = header or {}
    other = {key: value for key, value in header.items() if key not in ("ftblab_trace", "source", "start", "tie",
                                                                        "observes")}
    return {"other": other, "source": header.get("source", ""), "start": header.get("start"), "tie": Decimal(header.get("tie", 0)),
            "observes": sorted(header.get("observes", ["register", "throw", "catch"]))} if header else None


def cases_of_xes(text):
    root = tree.fromstring(text)
    assert root.tag == SPACE + "log"
    cases = {}
    for trace in root.findall(SPACE + "trace"):
        name = [s.get("value") for s in trace.findall(SPACE + "string") if s.get("key") == "concept:name"]
        events = [{a.get("key"): a.get("value") for a in event} for event in trace.findall(SPACE + "event")]
        assert len(name) == 1 and name[0] not in cases
        for event in events:
            assert {"concept:name", "time:timestamp", "org:resource", "lifecycle:transition"} <= set(event)
        cases[name[0]] = [int(event["line"]) for event in events]
    return cases


def cases_of_csv(text):
    cases = {}
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8"), newline="")))
    for row in rows:
        assert None not in row and None not in row.values(), "a row of another length than the head"
        if row["line"]:
            cases.setdefault(row["case:concept:name"], []).append(int(row["line"]))
    return cases


def check_cases(path, verdict, cases):
    """Each instance of the verdict is a case that holds at least the records on its rows; every record is somewhere."""
    names = []
    for instance in verdict["instances"]:
        name = " ".join([instance["workflow"]] + [f"{k}={v}" for k, v in instance["bindings"].items()])
        names.append(name)
        name += f" #{names.count(name)}" if names.count(name) > 1 else ""
        own = cases.get(name, [])
        if own != sorted(set(own)):
            failures.append(f"{path}: the case {name} has a record twice, or out of order")
        lines = {step["line"] for step in instance["steps"] if step["line"]}
        if not lines or not lines <= set(own):
            failures.append(f"{path}: the case {name} lacks records of its rows")
        elif not all(instance["first_line"] <= line <= instance["last_line"] for line in own):
            failures.append(f"{path}: the case {name} has records of others")
    if set(cases) - {"none"} != {n + (f" #{names[:i + 1].count(n)}" if names[:i + 1].count(n) > 1 else "")
                                 for i, n in enumerate(names)}:
        failures.append(f"{path}: cases {sorted(cases)}")
    return [line for own in cases.values() for line in own]


def check_trace(program, path):
    """False: the trace cannot be read."""
    original = path.read_bytes()
    checked = run(program, "check", "--format", "json", path)
    if checked.returncode == 3:
        return False
    verdict = json.loads(checked.stdout)
    for form, read in (("xes", cases_of_xes), ("csv", cases_of_csv)):
        out = run(program, "export", "--as", form, path)
        back = run(program, "import", "--dialect", form, "-", data=out.stdout)
        if out.returncode or back.returncode:
            failures.append(f"{path}: {form}: {out.stderr.decode()}{back.stderr.decode()}")
            continue
        header, records = records_of(original)
        header_back, records_back = records_of(back.stdout)
        if header_words(header) != header_words(header_back):
            failures.append(f"{path}: {form}: the header is {header_back}")
        if records != records_back:
            differ = [(a, b) for a, b in zip(records, records_back) if a != b]
            failures.append(f"{path}: {form}: {len(records)} and {len(records_back)} records, {differ[:1]}")
        cases = read(out.stdout)
        if len(set(check_cases(path, verdict, cases))) != len(records):
            failures.append(f"{path}: {form}: not every record is in a case")
        if form == "xes":
            continue
        only = read(run(program, "export", "--cases-only", "--as", form, path).stdout)
        if only != {name: lines for name, lines in cases.items() if name != "none"}:
            failures.append(f"{path}: {form}: --cases-only")
    return True


def hostile(chance, count):
    """A trace of nasty words, with times at the edges of what 64 bits hold."""
    def word():
        return "".join(chance.choice(NASTY) for _ in range(chance.randrange(5)))
    lines = []
    if chance.random() < 0.7:
        lines.append(json.dumps({"ftblab_trace": 1, "source": word()[:20], "observes": ["throw"], "start": "mid",
                                 "tie": 0.001, "site " + word(): [{word(): word()}, None, 2.5e3, True]}))
    for i in range(count):
        record = {"t": 0, "component": chance.choice(["RM/JS", "MPI", word()]),
                  "action": chance.choice(["register", "throw", "catch", "fact"]),
                  "event": chance.choice(["CHECK_NODES_DEAD", word()])}
        for key in ("instance", "host", "payload", "channel", "severity", "type", "space", "note"):
            if chance.random() < 0.5:
                record[key] = word()
        if chance.random() < 0.5:
            record["seq"] = chance.choice([0, i, 2**63 - 1, 2**63, 2**64 - 1])
        if chance.random() < 0.5:
            record["cause"] = i
        line = json.dumps(record, ensure_ascii=chance.random() < 0.5)
        t = chance.choice(["0", "-0.000000001", "9223372036.854775807", "-9223372036.854775807", "951782400.5",
                           "-62135596.1", str(chance.randrange(-10**9, 10**9)), f"{i}.{chance.randrange(10**9):09d}"])
        lines.append(line.replace('"t": 0', f'"t": {t}', 1))
    return "\n".join(lines) + "\n" * chance.randrange(2)


def main(program):
    chance = random.Random(7)
    root = pathlib.Path(__file__).resolve().parents[2]
    read = sum(check_trace(program, path) for path in sorted((root / "tests/traces").rglob("*.jsonl")))
    with tempfile.TemporaryDirectory() as folder:
        for i in range(40):
            path = pathlib.Path(folder) / f"{i}.jsonl"
            path.write_bytes(hostile(chance, chance.randrange(12)).encode("utf-8"))
            if not check_trace(program, path):
                failures.append("cannot be read: " + run(program, "export", path).stderr.decode())
    print("\n".join(failures[:20])[:4000])
    print(f"{read} traces of the repository, 40 hostile ones, {len(failures)} failures")
    return 1 if failures or read < 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
