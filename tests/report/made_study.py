#!/usr/bin/env python3
"""Results of a study, made quickly: its replicas are drawn here, by a job under exponential failures, instead of being
simulated. What the report is to find in them is known: what a checkpoint, a restart and a downtime cost, how often
the job was hit.

    made_study.py PROGRAM STUDY FOLDER
"""
import contextlib
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import time

NODES, JOB_NODES, WORK = 7, 4, 3000.0
CHECKPOINT, RESTART, DETECTION, DECISION = 16.0, 12.5, 6.5, 32.0
MEANS = {"often": 600.0, "seldom": 1800.0}


def job(rng, mean, interval):
    """What a job that writes a checkpoint after each INTERVAL spends, in seconds."""
    spent = dict.fromkeys(["lost", "checkpoint", "restart", "still"], 0.0)
    hits = checkpoints = restarts = 0
    done, left, restarting = 0.0, rng.expovariate(1 / mean), False
    while done < WORK:
        chunk = min(interval, WORK - done)
        need = chunk + CHECKPOINT + (RESTART if restarting else 0)
        if left >= need:
            left -= need
            done += chunk
            checkpoints += 1
            spent["checkpoint"] += CHECKPOINT
            spent["restart"] += RESTART if restarting else 0
            restarts += restarting
            restarting = False
            continue
        spent["lost"] += left  # a restart that is cut short counts as lost, too
        spent["still"] += DETECTION + DECISION
        hits += 1
        left, restarting = rng.expovariate(1 / mean), True
    return spent, hits, checkpoints, restarts


def row(rng, mean, interval):
    """The metrics of a replica."""
    spent, hits, checkpoints, restarts = job(rng, mean, interval)
    makespan = WORK + sum(spent.values())
    values = {"makespan": makespan, "end": makespan, "nodes": NODES, "node_time": NODES * makespan,
              "useful": JOB_NODES * WORK, "waste": JOB_NODES * sum(spent.values()),
              "waste_checkpoint": JOB_NODES * spent["checkpoint"], "waste_lost_work": JOB_NODES * spent["lost"],
              "waste_detection": JOB_NODES * hits * DETECTION, "waste_decision": JOB_NODES * hits * DECISION,
              "waste_downtime": 0.0, "waste_restart": JOB_NODES * spent["restart"], "waste_migration": 0.0,
              "waste_slowdown": 0.0, "failures": hits, "failures_hit": hits, "checkpoints": checkpoints,
              "restarts": restarts, "launches": 1 + hits, "violations": 0}
    values["idle"] = values["node_time"] - values["useful"] - values["waste"]
    return values


def begin(program, study, folder):
    """The file with its tables, and perhaps a few replicas."""
    process = subprocess.Popen([program, "study", study, "--out", folder, "-j", "1"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    path = pathlib.Path(folder) / "study.sqlite"
    for _ in range(6000):
        time.sleep(0.05)
        if path.exists():
            with contextlib.closing(sqlite3.connect(path)) as db:
                if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'results'").fetchone()[0]:
                    break
    process.send_signal(signal.SIGINT)
    process.wait(timeout=120)
    return path


def make(program, study, folder):
    """All replicas that the study asks for, and the summaries that ftblab writes of finished points."""
    replicas = json.loads(pathlib.Path(study).read_text(encoding="utf-8"))["replicas"]
    with contextlib.closing(sqlite3.connect(begin(program, study, folder))) as db:
        db.execute("DELETE FROM replicas")
        points = db.execute("SELECT point, interval, nodes_fail FROM points").fetchall()
        names = sorted(row(random.Random(0), 600, 100))
        insert = (f"INSERT INTO replicas (point, replica, seed, status, verdict, unmet, {', '.join(names)}, reason) "
                  f"VALUES (?, ?, ?, ?, ?, 0, {', '.join('?' * len(names))}, ?)")
        for point, interval, often in points:
            rng = random.Random(point)
            for replica in range(1, replicas + 1):
                values = row(rng, MEANS[often], interval)
                bad = point == 3 and replica <= 2
                db.execute(insert, (point, replica, 1000 + replica, "done", "violates" if bad else "conforms",
                                    *(values[name] for name in names), "missing 4(a): a row did not come" if bad else ""))
        db.commit()
    subprocess.run([program, "study", study, "--out", folder, "--resume"], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], sys.argv[3])
