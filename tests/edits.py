#!/usr/bin/env python3
"""The edits that findings propose do mend the trace.

    edits.py PROGRAM [MUTANTS [SEED]]

Takes conforming traces (simulated, and those of tests/traces), spoils each in one way drawn at random, judges, does the
edits that the verdict proposes, and judges again: no finding may be left. None of the edits is done in vain: with one of
them left out, a finding stays. An edit is done once, also where several findings propose it. Operations at one place are
done in the order in which they are proposed.
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCENARIOS = ["node-failure-job-continues", "node-failure-job-aborts", "node-failure-no-job", "gang-scheduling",
             "prediction-migrate", "prediction-suspend", "interface-fails-over", "mpirun-job-continues", "one-node-two-jobs",
             "interface-corrupts", "interface-corrupts-mpirun"]
TRACES = ["b13-conforms.jsonl"]


def judge(program, paths):
    """The verdict of each trace."""
    result = subprocess.run([program, "check", "--complete", "--format", "json", *map(str, paths)],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    assert result.returncode in (0, 1, 2), result.returncode
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(verdicts) == len(paths)
    return verdicts


def findings(verdict):
    return [v for instance in verdict["instances"] for v in instance["violations"]] + verdict["violations"]


# ---- mutations: each takes and returns the records of a trace; index 0 is the header ----

def events(records, *actions):
    return [i for i, r in enumerate(records) if r.get("action") in (actions or ("throw", "catch"))]


def drop(rng, records):
    records.pop(rng.choice(events(records)))


def duplicate(rng, records):
    at = rng.choice(events(records))
    records.insert(at + 1, dict(records[at]))


def move(rng, records):
    at = rng.choice(events(records))
    record = records.pop(at)
    records.insert(rng.choice(events(records)), record)


def swap(rng, records):
    places = events(records)
    first = rng.randrange(len(places) - 1)
    a, b = places[first], places[first + 1]
    records[a], records[b] = records[b], records[a]


def wrong_role(rng, records):
    record = records[rng.choice(events(records))]
    record["component"] = rng.choice([c for c in ("MPI", "RM/JS", "Monitoring System", "File System")
                                      if c != record["component"]])
    record.pop("instance", None)


def wrong_value(rng, records):
    record = records[rng.choice([i for i in events(records) if ": {" in records[i].get("payload", "")])]
    record["payload"] = record["payload"].replace(": {", ": {other", 1)


def wrong_channel(rng, records):
    records[rng.choice(events(records))]["channel"] = "smoke signals"


def wrong_type(rng, records):
    records[rng.choice(events(records))]["type"] = "strange"


def unregister(rng, records):
    places = events(records, "register")
    if not places:
        return drop(rng, records)
    return records.pop(rng.choice(places))


def unknown_event(rng, records):
    at = rng.choice(events(records))
    records.insert(at, dict(records[at], event="NO_SUCH_EVENT"))


def stray(rng, records):
    """A throw that nothing asks for, and its catch."""
    at = rng.choice(events(records))
    throw = {"t": records[at]["t"], "component": "RM/JS", "action": "throw", "event": "RM_JOBS_DEAD",
             "payload": "nodes: {elsewhere}, jobs: {other}"}
    records[at:at] = [throw, dict(throw, component="MPI", action="catch")]


def unanswered(rng, records):
    at = rng.choice(events(records))
    records.insert(at, {"t": records[at]["t"], "component": "External Agent", "action": "throw",
                        "event": "CHECK_JOBS_DEAD", "payload": "jobs: {other}"})


MUTATIONS = [drop, duplicate, move, swap, wrong_role, wrong_value, wrong_channel, wrong_type, unregister, unknown_event,
             stray, unanswered]


# ---- edits ----

def operations_of(verdict):
    """The edits of VERDICT, each once. None: a finding proposes none."""
    operations, seen = [], []
    for finding in findings(verdict):
        if not finding["edit"]["operations"]:
            return None
        for operation in finding["edit"]["operations"]:
            name = {k: v for k, v in operation.items() if k not in ("after", "record")}
            name["record"] = {k: v for k, v in operation.get("record", {}).items() if k != "t"}
            if name not in seen:
                seen.append(name)
                operations.append(operation)
    return operations


def edit(records, operations):
    """RECORDS (by line) after OPERATIONS."""
    replaced, moved, added = dict(enumerate(records, 1)), [], []
    for operation in operations:
        if operation["do"] == "add":
            added.append((operation["after"], operation["record"]))
        elif operation["do"] == "move":
            moved.append((operation["after"], operation["line"]))
        elif operation["do"] == "remove":
            replaced[operation["line"]] = None
        else:
            replaced[operation["line"]] = dict(replaced[operation["line"]],
                                               **{operation["key"]: operation["value"]})
    behind = {}
    for after, what in added + moved:
        behind.setdefault(after, []).append(what)
    result, gone = [], {line for _, line in moved}
    for line in range(0, len(records) + 1):
        if line in replaced and line not in gone:
            result.append(replaced[line])
        result += [replaced[what] if isinstance(what, int) else what for what in behind.get(line, [])]
    return [record for record in result if record is not None]


# ---- the test ----

def write(path, records):
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")


def conforming_traces(program, folder):
    """Records of traces in which nothing is wrong."""
    paths = [ROOT / "tests" / "traces" / name for name in TRACES]
    for name in SCENARIOS:
        scenario, path = ROOT / "scenarios" / f"{name}.json", folder / f"{name}.jsonl"
        if scenario.exists():
            subprocess.run([program, "run", "--trace", str(path), str(scenario)], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
            paths.append(path)
    good = [p for p, v in zip(paths, judge(program, paths)) if v["instances"] and not findings(v)]
    return {p.stem: [json.loads(line) for line in p.read_text(encoding="utf-8").splitlines()] for p in good}


def main(program, mutants=600, seed=1):
    rng = random.Random(seed)
    counts = {"mended": 0, "without a finding": 0, "without an edit": 0, "left": 0, "in vain": 0}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        traces = conforming_traces(program, folder)
        paths, spoiled, names = [], [], []
        for i in range(mutants):
            stem, mutation = rng.choice(sorted(traces)), MUTATIONS[i % len(MUTATIONS)]
            records = [dict(r) for r in traces[stem]]
            mutation(rng, records)
            path = folder / f"mutant-{i}.jsonl"
            write(path, records)
            paths.append(path)
            spoiled.append(records)
            names.append(f"{i} {mutation.__name__} of {stem}")
        edited, partly = [], []
        for i, verdict in enumerate(judge(program, paths)):
            operations = operations_of(verdict) if findings(verdict) else None
            if operations is None:
                counts["without an edit" if findings(verdict) else "without a finding"] += 1
                continue
            path = folder / f"edited-{i}.jsonl"
            write(path, edit(spoiled[i], operations))
            edited.append((names[i], path, verdict))
            for o, left_out in enumerate(operations):
                path = folder / f"partly-{i}-{o}.jsonl"
                write(path, edit(spoiled[i], operations[:o] + operations[o + 1:]))
                partly.append((names[i], path, left_out))
        for (name, _, before), after in zip(edited, judge(program, [path for _, path, _ in edited])):
            left = findings(after)
            counts["left" if left else "mended"] += 1
            if left:
                print(f"{name}:")
                for finding in findings(before):
                    print(f"  {finding['rule']}: {finding['edit']['text']}")
                for finding in left:
                    print(f"  left: {finding['rule']} {finding['message']}")
        for (name, _, left_out), after in zip(partly, judge(program, [path for _, path, _ in partly])):
            if not findings(after):
                counts["in vain"] += 1
                print(f"{name}: in vain: {left_out}")
    print(f"{len(traces)} traces, {mutants} mutants: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    bad = counts["left"] or counts["in vain"] or counts["without an edit"] or counts["mended"] < mutants // 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
