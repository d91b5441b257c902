#!/usr/bin/env python3
"""What must hold for every report, whatever the input is.

Pages and drawings are well-formed and hold no element that the input brought; what the input says is there as text;
a table says what the verdict says; a file for Perfetto keeps to the Trace Event Format (Chromium project, "Trace Event
Format": phases M, X, i, s, t, f and the keys that each needs); the size is bounded; a report that fails leaves the file
alone.

    properties.py PROGRAM
"""
import contextlib
import csv
import io
import json
import math
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import made_study

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACES = ["b13-conforms", "b13-dropped-catch", "b13-wrong-role", "b13-wrong-value", "b13-swapped", "b13-duplicate",
          "b13-cut", "unknown-event", "backwards", "suspended-again"]
SCENARIOS = ["node-failure-job-continues", "prediction-suspend", "mvapich2-two-jobs", "interface-fails-over",
             "second-failure-during-recovery"]
PAGE_ELEMENTS = set("""html head meta title style body header nav ul ol li main section h1 h2 h3 h4 p span table thead tbody
tr th td article dl dt dd details summary figure figcaption div footer a code pre strong""".split())
SVG_ELEMENTS = set("svg title desc style rect line path polygon circle text tspan g a".split())
PLOT_ELEMENTS = SVG_ELEMENTS | {"defs", "use", "pattern"}  # what gnuplot draws with
EVIL = ["<script>alert(1)</script>", "</svg>", "</style>", "&amp;", "]]>", "'\"", "\u0001", "\u007f", "\u202e", "\ufffe",
        "é", "漢", "\U0001f4a5", " ", "%s%n", "-->", "{", "}", ",", ":", "\\", "\n", "\t"]

bad = 0
program = pathlib.Path(sys.argv[1]).resolve()


def expect(holds, what):
    """One thing that must hold."""
    global bad
    if not holds:
        bad += 1
        print(f"FAILED: {what}")


def run(*arguments, status=0):
    """What ftblab prints; its exit status must be STATUS."""
    result = subprocess.run([program, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect(result.returncode == status, f"{arguments}: exit status {result.returncode}, {result.stderr.decode()[:300]}")
    return result.stdout


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def check_document(document, allowed, what):
    """Well-formed, and nothing in it but what the writer knows. Returns the root."""
    root = ElementTree.fromstring(document)
    found = {local(element) for element in root.iter()}
    expect(found <= allowed, f"{what}: elements {sorted(found - allowed)}")
    names = [name for element in root.iter() for name in element.attrib]
    expect(not any(name.lower().startswith("on") for name in names), f"{what}: an attribute acts")
    targets = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
    expect(all(target.startswith("#") for target in targets), f"{what}: a link leads outside")
    text = document.decode("utf-8")
    expect(not any(ord(c) < 32 and c != "\n" or "\u202a" <= c <= "\u202e" for c in text), f"{what}: control characters")
    return root


def findings_of(verdict):
    return sum(len(i["violations"]) for i in verdict["instances"]) + len(verdict["violations"])


def check_page(trace, what):
    """The page and the pictures of one trace, held against its verdict."""
    verdict = json.loads(subprocess.run([program, "check", "--format", "json", trace], cwd=ROOT,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    document = run("report", trace, "--out", "-")
    root = check_document(document, PAGE_ELEMENTS | SVG_ELEMENTS, what)
    expect(document == run("report", trace, "--out", "-"), f"{what}: the same input gives other bytes")
    words = " ".join(root.itertext())
    ids = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    count = findings_of(verdict)
    expect({f"s1f{i}" for i in range(1, count + 1)} <= ids, f"{what}: a finding is not on the page")
    expect(f"s1f{count + 1}" not in ids, f"{what}: there are findings that the verdict has not")
    for instance in verdict["instances"]:
        expect(instance["workflow"] in words, f"{what}: {instance['workflow']} is not on the page")
    picture = check_document(run("report", "--format", "svg", trace, "--out", "-"), SVG_ELEMENTS, what)
    labels = {"".join(element.itertext()) for element in picture.iter() if local(element) == "text"}
    blamed = [v for i in verdict["instances"] + [verdict] for v in i["violations"]]
    shown = [v for v in blamed if v["line"] or any(o["do"] == "add" for o in v["edit"]["operations"])]
    numbers = [label for label in labels if label[:1] == "F" and label[1:].isdigit()]
    expect(bool(numbers) == bool(shown), f"{what}: findings in the picture: {numbers}, of {len(shown)}")
    steps = " ".join(labels)
    for instance in verdict["instances"]:
        for step in instance["steps"]:
            expect(step["line"] is None or step["step"] in steps, f"{what}: row {step['step']} is not in the picture")
    return verdict


def check_table(trace, verdict, what):
    rows = list(csv.DictReader(io.StringIO(run("report", "--format", "csv", trace, "--out", "-").decode("utf-8"),
                                           newline="")))
    expect(None not in {value for row in rows for value in row.values()} and all(None not in row for row in rows),
           f"{what}: a row of the table is too long or too short")
    steps = [(s["step"], s["component"], s["status"], str(s["line"] or ""))
             for i in verdict["instances"] for s in i["steps"]]
    expect([(r["step"], r["component"], r["status"], r["line"]) for r in rows if r["what"] == "row"] == steps,
           f"{what}: the table's rows are not the verdict's")
    blamed = [v for i in verdict["instances"] + [verdict] for v in i["violations"]]
    expect([(r["status"], r["message"]) for r in rows if r["what"] == "finding"] ==
           [(v["kind"], v["message"]) for v in blamed], f"{what}: the table's findings are not the verdict's")


def nanoseconds(number):
    whole, _, part = str(number).partition(".")
    return int(whole) * 1000 + (-1 if whole.startswith("-") else 1) * int(part.ljust(3, "0")[:3] or 0)


def check_chrome(trace, what):
    """The Trace Event Format, as Perfetto reads it."""
    document = json.loads(run("report", "--format", "chrome", trace, "--out", "-"), parse_float=str)
    events, needed = document["traceEvents"], {"M": {"name", "args"}, "X": {"name", "cat", "ts", "dur", "args"},
                                               "i": {"name", "cat", "ts", "s", "args"},
                                               "s": {"name", "cat", "ts", "id"}, "t": {"name", "cat", "ts", "id"},
                                               "f": {"name", "cat", "ts", "id", "bp"}}
    for event in events:
        expect(event["ph"] in needed, f"{what}: phase {event['ph']}")
        expect(needed[event["ph"]] | {"pid", "tid"} <= event.keys(), f"{what}: {event} lacks a key")
        expect(isinstance(event["pid"], int) and isinstance(event["tid"], int), f"{what}: {event}: pid or tid")
    names = {(e["name"], e["pid"], e["tid"]) for e in events if e["ph"] == "M"}
    slices, flows = {}, {}
    for event in events:
        place = (event["pid"], event["tid"])
        if event["ph"] != "M":
            expect(("process_name", place[0], 0) in names, f"{what}: process {place[0]} has no name")
            expect(("thread_name", *place) in names, f"{what}: thread {place} has no name")
        if event["ph"] == "X":
            start = nanoseconds(event["ts"])
            slices.setdefault(place, []).append((start, start + nanoseconds(event["dur"])))
        if event["ph"] in "stf":
            flows.setdefault(event["id"], []).append(event)
    for place, of_thread in slices.items():
        of_thread.sort(key=lambda s: (s[0], -s[1]))
        open_ends = []
        for start, end in of_thread:
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            expect(end >= start and (not open_ends or end <= open_ends[-1]), f"{what}: slices overlap in part at {start}")
            open_ends.append(end)
    for number, of_flow in flows.items():
        phases = "".join(e["ph"] for e in of_flow)
        expect(phases[0] == "s" and phases[-1] == "f" and set(phases[1:-1]) <= {"t"}, f"{what}: flow {number}: {phases}")
        times = [nanoseconds(e["ts"]) for e in of_flow]
        expect(min(times) == times[0], f"{what}: flow {number} ends before it begins")
        for event in of_flow:
            at = nanoseconds(event["ts"])
            expect(any(s <= at <= e for s, e in slices.get((event["pid"], event["tid"]), [])),
                   f"{what}: an end of flow {number} is in no slice")
    records = [json.loads(line) for line in pathlib.Path(ROOT, trace).read_text(encoding="utf-8").splitlines()]
    count = sum("action" in record for record in records)
    expect(sum(e["ph"] in "Xi" for e in events) == count, f"{what}: {count} records, but not as many events")
    return flows


def hostile(path, chance):
    """A trace of random records with texts that try to break out."""
    def text():
        return "".join(chance.choice(EVIL) for _ in range(chance.randint(1, 6)))

    lines, span = [], chance.choice([50, 3e-6])  # seconds; in microseconds slices would overlap
    for seq in range(1, chance.randint(5, 60)):
        record = {"t": round(chance.uniform(-span, span), 9), "component": chance.choice(["RM/JS", "MPI", text()]),
                  "action": chance.choice(["register", "throw", "catch", "fact"]), "seq": seq,
                  "event": chance.choice(["CHECK_NODES_DEAD", "NODE_FAILED", "JOB_STARTED", "JOB_ENDED", text()])}
        for key in ("instance", "host", "note", "space"):
            if chance.random() < 0.5:
                record[key] = text()
        payload = chance.choice(["nodes: {%s}" % json.dumps(text()), "jobs: {%s}, nodes: {n1, %s}" %
                                 (json.dumps(text()), json.dumps(text())), text() * chance.choice([1, 900])])
        if chance.random() < 0.9:
            record["payload"] = payload
        if chance.random() < 0.5:
            record["cause"] = chance.randint(1, 60)
        lines.append(json.dumps(record, ensure_ascii=chance.random() < 0.5))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def check_all(trace, what):
    verdict = check_page(trace, what)
    check_table(trace, verdict, what)
    check_document(run("report", trace, trace, "--out", "-"), PAGE_ELEMENTS | SVG_ELEMENTS, f"{what} twice")
    return check_chrome(trace, what)


def check_bound(folder):
    """A long trace gives a picture that is no longer than that of a short one."""
    lines = pathlib.Path(ROOT, "tests/traces/b13-conforms.jsonl").read_text(encoding="utf-8").splitlines()
    long = folder / "long.jsonl"
    copies = [line.replace("n5", f"n{i}").replace('"t": ', f'"t": {i}') for i in range(10, 2010) for line in lines[1:]]
    long.write_text("\n".join(lines[:1] + copies) + "\n", encoding="utf-8")
    for entries in (10, 200):
        picture = run("report", "--entries", entries, "--format", "svg", long, "--out", "-")
        height = float(ElementTree.fromstring(picture).attrib["height"])
        expect(height <= 300 + 120 * entries, f"--entries {entries}: {height} pixels")
        expect(len(picture) <= 20000 + 4000 * entries, f"--entries {entries}: {len(picture)} bytes")
        expect(b"left out" in picture, f"--entries {entries}: it does not say what is left out")


def check_failure(folder):
    """A report that fails leaves alone what is there; text that is not UTF-8 is refused with its place."""
    page, trace = folder / "page.html", folder / "latin.jsonl"
    page.write_text("before", encoding="utf-8")
    trace.write_bytes(b'{"t": 1, "component": "MPI", "action": "throw", "event": "X\xe9"}\n')
    result = subprocess.run([program, "report", trace, "--out", page], stderr=subprocess.PIPE, text=True)
    expect(result.returncode == 3 and ":1:" in result.stderr, f"not UTF-8: {result.returncode}, {result.stderr}")
    expect(page.read_text(encoding="utf-8") == "before", "a report that failed has changed the file")
    expect(sorted(p.name for p in folder.glob("page*")) == ["page.html"], "a report that failed left something behind")


def table_of(root, label):
    """The rows of the table that a screen reader calls LABEL, as texts."""
    region = next(e for e in root.iter() if local(e) == "div" and e.attrib.get("aria-label") == label)
    return [["".join(cell.itertext()) for cell in row] for row in region.iter() if local(row) == "tr"]


def check_study_numbers(results, root, what):
    """The tables of the page are those of the table in CSV."""
    rows = list(csv.DictReader(io.StringIO(run("report", results, "--format", "csv", "--out", "-").decode("utf-8"))))
    for metric in ("makespan", "records", "failures_hit"):
        head, *cells = table_of(root, metric)
        wanted = [r for r in rows if r["metric"] == metric]
        expect(len(cells) == len(wanted), f"{what}: {metric} has {len(cells)} points, not {len(wanted)}")
        for shown, row in zip(cells, wanted):
            found = dict(zip(head, shown))
            expect(found["count"] == row["count"], f"{what}: {metric} of point {row['point']}: count {found['count']}")
            for name, key in (("mean", "mean"), ("95 % low", "low"), ("95 % high", "high"), ("median", "median"),
                              ("P10", "p10"), ("P90", "p90")):
                expect(found[name] == (f"{float(row[key]):.6g}" if row[key] else "–"),
                       f"{what}: {metric} of point {row['point']}: {name} is {found[name]}, not {row[key]}")


def check_study(results, what):
    """The page of a study, and its plots alone."""
    document = run("report", results, "--out", "-")
    root = check_document(document, PAGE_ELEMENTS | PLOT_ELEMENTS, what)
    expect(document == run("report", results, "--out", "-"), f"{what}: the same results give other bytes")
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    expect(len(ids) == len(set(ids)), f"{what}: an id stands twice")
    used = {value[1:] for element in root.iter() if local(element) == "use" for name, value in element.attrib.items()
            if name.endswith("href")}
    expect(used <= set(ids), f"{what}: {sorted(used - set(ids))} are used and are not there")
    picture = run("report", results, "--picture", "breakdown", "--format", "svg", "--out", "-")
    check_document(picture, PLOT_ELEMENTS, f"{what}, a plot")
    check_study_numbers(results, root, what)
    return root


def check_recoveries(folder):
    """The recoveries that are drawn of a replica last as long as the metrics of its row say."""
    study = folder / "recoveries.json"
    study.write_text(json.dumps({
        "ftblab_study": 1, "title": "Recoveries", "scenario": str(ROOT / "scenarios/recovery-checkpoint.json"),
        "factors": [{"name": "recovery", "key": "jobs[0].recovery",
                     "values": ["scratch", "checkpoint", "shrink", "respawn"]}], "replicas": 1}), encoding="utf-8")
    results = folder / "recoveries"
    subprocess.run([program, "study", study, "--out", results], cwd=ROOT, stdout=subprocess.DEVNULL)
    with contextlib.closing(sqlite3.connect(results / "study.sqlite")) as db:
        rows = db.execute("SELECT time_to_recover, time_to_recover_max FROM replicas ORDER BY point").fetchall()
    expect(len(rows) == 4 and all(row[0] for row in rows), f"recoveries: {rows}")
    for point, wanted in enumerate(rows, 1):
        text = run("report", results, "--point", point, "--out", "-").decode("utf-8")
        found = re.search(r"Mean ([\d.]+) s, longest ([\d.]+) s", text)
        expect(found and all(abs(float(a) - b) < 1e-5 for a, b in zip(found.groups(), wanted)),
               f"recoveries of point {point}: {found and found.groups()}, not {wanted}")


def check_forms(root, what):
    """What the closed forms were computed from is what the replicas were made with, and the forms themselves."""
    head, *rows = table_of(root, "Closed forms")
    expect({row[0] for row in rows} == set(made_study.MEANS), f"{what}: closed forms of {rows}")
    for row in rows:
        found = {name: float(cell.split()[0]) for name, cell in list(zip(head, row))[1:]}
        mean, cost = found["M"], made_study.CHECKPOINT
        expect(abs(mean / made_study.MEANS[row[0]] - 1) < 0.25, f"{what}: M of {row[0]} is {mean}")
        expect((found["C"], found["R"], found["D"], found["work"]) ==
               (cost, made_study.RESTART, made_study.DETECTION + made_study.DECISION, made_study.WORK),
               f"{what}: {found}")
        daly = math.sqrt(2 * cost * mean) * (1 + math.sqrt(cost / (2 * mean)) / 3 + cost / (18 * mean)) - cost
        expect(abs(found["Young"] / math.sqrt(2 * cost * mean) - 1) < 1e-3 and abs(found["Daly"] / daly - 1) < 1e-3,
               f"{what}: {found}, Daly's interval is {daly}")


def check_studies(folder):
    """A study that ran, one whose numbers are known, and one of which only a part is there."""
    small = folder / "small"
    subprocess.run([program, "study", "tests/studies-data/small.json", "--out", small], cwd=ROOT,
                   stdout=subprocess.DEVNULL)
    check_study(small, "a small study")
    check_recoveries(folder)
    made = folder / "made"
    made_study.make(program, ROOT / "tests/studies-data/intervals.json", made)
    check_forms(check_study(made, "a made study"), "a made study")
    with contextlib.closing(sqlite3.connect(made / "study.sqlite")) as db:
        db.execute("DELETE FROM replicas WHERE point = 10 OR (point = 9 AND replica > 3)")
        db.execute("DELETE FROM summaries WHERE point > 8")
        db.execute("UPDATE points SET finished = 0 WHERE point > 8")
        db.commit()
    root = check_study(made, "a part of a study")
    expect("not finished" in " ".join(root.itertext()), "a part of a study: the page does not say so")


def main():
    chance, linked = random.Random(6), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for trace in TRACES:
            check_all(f"tests/traces/{trace}.jsonl", trace)
        for scenario in SCENARIOS:
            trace = folder / f"{scenario}.jsonl"
            subprocess.run([program, "run", "--trace", trace, f"scenarios/{scenario}.json"], cwd=ROOT,
                           stdout=subprocess.DEVNULL)
            linked += len(check_all(trace, scenario))
        expect(linked > 20, f"only {linked} flows")
        for round_number in range(12):
            trace = folder / f"hostile-{round_number}.jsonl"
            hostile(trace, chance)
            check_all(trace, trace.name)
        check_studies(folder)
        check_bound(folder)
        check_failure(folder)
    print(f"{bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
