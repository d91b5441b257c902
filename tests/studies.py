#!/usr/bin/env python3
"""Studies from the outside: the same rows however they were made.

studies.py PROGRAM [TEST...]

What must hold: one replica at a time or several, in one go or killed over and over, whole or in shares: the table is the
same row for row; a replica can be run again byte for byte; one that crashes or blocks is a row. SIGKILL comes at moments
that a seeded generator chooses, until it has come often enough in the middle of the work."""

import decimal
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

program = os.path.abspath(sys.argv[1])
root = Path(__file__).resolve().parent.parent
scratch = Path(tempfile.mkdtemp())
PATIENCE = 300  # seconds that a busy machine may need; whatever is waited for comes at once on an idle one
rounds = int(os.environ.get("FTBLAB_TEST_KILLS", "12"))

small = {
    "ftblab_study": 1,
    "title": "A study of the tests",
    "scenario": str(root / "scenarios/lossy-network.json"),
    "factors": [
        {"name": "loss", "key": "backplane.channel.loss", "values": [0, 0.2, 0.4]},
        {"name": "network", "levels": [
            {"name": "calm", "set": {"backplane.channel.delay_mean": 0}},
            {"name": "busy", "set": {"backplane.channel.delay_mean": 0.01, "backplane.channel.duplication": 0.1}},
        ]},
    ],
    "replicas": 40,
}
until = dict(small, replicas={"minimum": 8, "maximum": 200, "until": {"metric": "records", "relative": 0.01}})
two_platforms = dict(small, factors=[
    {"name": "platform", "key": "platform.file",
     "values": ["../platforms/cluster-16.xml", "../platforms/cluster-16-storage.xml"]}], replicas=30)


def write(name, study):
    path = scratch / name
    path.write_text(json.dumps(study))
    return path


def ftblab(*arguments, environment=None, ok=(0, 1)):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})
    assert done.returncode in ok, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def wait_for(running, what):
    """What it says, while RUNNING runs: that does not depend on how fast the machine is."""
    end = time.monotonic() + PATIENCE
    while True:
        found = what()
        if found:
            return found
        assert running.poll() is None, f"it ended with {running.returncode} before its time"
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.005)


def rows(folder, table="replicas"):
    with sqlite3.connect(Path(folder) / "study.sqlite") as connection:
        order = {"replicas": "point, replica", "summaries": "point, metric", "points": "point"}[table]
        return connection.execute(f"SELECT * FROM {table} ORDER BY {order}").fetchall()


def same(one, other):
    for table in ("replicas", "points", "summaries"):
        left, right = rows(one, table), rows(other, table)
        assert left == right, f"{table} of {one} and {other} differ: {len(left)} and {len(right)} rows"
    assert rows(one)


def test_jobs():
    """One at a time and several give the same rows, seeds are those of the replica alone, rules count alike."""
    for name, study in (("small", small), ("until", until), ("platforms", two_platforms)):
        path = write(f"{name}.json", study)
        ftblab("study", path, "--out", scratch / f"{name}-1", "-j1")
        ftblab("study", path, "--out", scratch / f"{name}-3", "-j", "3")
        same(scratch / f"{name}-1", scratch / f"{name}-3")
    seeds = {}
    for point, replica, seed, *_ in rows(scratch / "small-1"):
        assert seeds.setdefault(replica, seed) == seed, "the seed depends on the point"
    assert len(set(seeds.values())) == 40
    counts = [row[2] for row in rows(scratch / "until-1", "points")]
    assert min(counts) == 8 and max(counts) > 8, f"the rule never asked for more, or always: {counts}"


def is_half_done(folder, whole):
    try:
        return 0 < len(rows(folder)) < whole
    except sqlite3.OperationalError:
        return False


def lasting(name, seconds, begin):
    """A study of that many replicas that it takes `seconds` on this machine: what is done is saved twice a second, so
    only a study that takes longer is ever seen half done."""
    replicas = begin
    while True:
        path, folder = write(f"{name}.json", dict(small, replicas=replicas)), scratch / f"{name}-whole"
        began = time.monotonic()
        ftblab("study", path, "--out", folder)
        took = time.monotonic() - began
        if took >= seconds:
            return path, folder, took
        shutil.rmtree(folder)
        replicas = int(replicas * min(4, 1.2 * seconds / took)) + 1


def test_kill():
    """SIGKILL at any moment, again and again, and --resume: the rows of a study that was never killed."""
    draw = random.Random(7)
    path, reference, took = lasting("kill", 3, 150)
    whole, half, killed = len(rows(reference)), 0, 0
    folder = scratch / "killed"
    while half < rounds and killed < 40 * rounds:
        running = subprocess.Popen([program, "study", path, "--out", folder, "--resume"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.01, took / 2))
        running.kill()
        killed += running.wait() == -signal.SIGKILL
        half += is_half_done(folder, whole)
        if len(rows_or_none(folder)) == whole:
            ftblab("study", path, "--out", folder, "--resume")
            same(reference, folder)
            shutil.rmtree(folder)
    ftblab("study", path, "--out", folder, "--resume")
    same(reference, folder)
    assert half >= rounds, f"only {half} of {killed} kills came in the middle"


def test_kill_shares():
    """Shares that are killed over and over, at any moment, and merged in between: the rows of a study that was not."""
    draw = random.Random(11)
    path, reference, took = lasting("kill-shares", 5, 60)
    parts, merged = [scratch / f"shares-{i}" for i in (1, 2, 3)], scratch / "shares-merged"
    share = len(rows(reference)) // 3
    half, tries = 0, 0
    while tries < rounds or (half < 3 and tries < 40 * rounds):
        tries += 1
        part = draw.choice(parts)
        running = subprocess.Popen([program, "study", path, "--out", part, "--shard", f"{parts.index(part) + 1}/3",
                                    "--resume"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.01, took / 2))
        running.kill()
        running.wait()
        half += is_half_done(part, share)
        begun = [part for part in parts if rows_or_none(part)]
        if begun and draw.random() < 0.5:
            ftblab("merge", "--out", merged, *draw.sample(begun, draw.randint(1, len(begun))))
        if len(rows_or_none(part)) == share:  # whole: from its beginning, for kills to come
            shutil.rmtree(part)
    for i, part in enumerate(parts, 1):
        ftblab("study", path, "--out", part, "--shard", f"{i}/3", "--resume")
    ftblab("merge", "--out", merged, *parts)
    same(reference, merged)
    assert half >= 3, f"only {half} of {tries} kills came in the middle of a share"


def control_study(replicas):
    """Many nodes that fail for hours: a replica of the control plane alone that takes so little that a process does several."""
    platform = str(root / "platforms/cluster-1024.xml")
    scenario = {"ftblab_scenario": 1, "title": "Hours", "platform": {"file": platform}, "control_plane_only": True,
                "jobs": [{"name": "j1", "nodes": 900, "requeue": True,
                          "application": {"kind": "stencil", "iterations": 1000000, "flops": 1e13}}],
                "failures": [{"law": "exponential:mtbf=31d", "repair": "constant:mean=20min"}], "duration": 5e4}
    return {"ftblab_study": 1, "title": "The control plane alone", "replicas": replicas,
            "scenario": str(write("hours.json", scenario))}


def test_control_plane():
    """Replicas that one process runs one after the other: if it is killed one row says so, and the others are as ever."""
    path = write("control.json", control_study(12))
    ftblab("study", path, "--out", scratch / "control-whole", "-j1")
    ftblab("study", path, "--out", scratch / "control-3", "-j3")
    same(scratch / "control-whole", scratch / "control-3")
    for attempt in range(20):  # a busy machine may let the kill come when all is done
        folder = scratch / f"control-killed-{attempt}"
        running = subprocess.Popen([program, "study", path, "--out", folder, "-j1"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        first = wait_for(running, lambda: grandchildren(running.pid))[0]  # it has one replica, to see how long they take
        while running.poll() is None:
            later = [process for process in grandchildren(running.pid) if process != first]
            if later:
                try:
                    os.kill(later[0], signal.SIGSEGV)
                except ProcessLookupError:
                    pass
                break
        if running.wait() == 1:
            break
    fates = [row[3] for row in rows(folder)]
    assert sorted(fates) == ["crashed"] + 11 * ["done"], fates
    assert [row for row in rows(folder) if row[3] == "done"] == [
        row for row, fate in zip(rows(scratch / "control-whole"), fates) if fate == "done"]
    ftblab("run", "--replay", f"{scratch / 'control-3'}:1.5", ok=(0, 1, 2))


def peak(name, base, replicas):
    """The most memory that one of the processes of such a study had, in bytes."""
    study = {"ftblab_study": 1, "title": name, "scenario": str(base), "replicas": replicas}
    arguments = [program, "study", str(write(f"{name}-{replicas}.json", study)), "--out", str(scratch / f"{name}-{replicas}"),
                 "-j2"]
    child = os.posix_spawn(program, arguments, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1), f"{name}: {status}"
    return 1024 * usage.ru_maxrss


def test_memory():
    """It does not grow with the number of replicas: neither that of who writes the rows, nor that of who simulates. The
    margins are a kilobyte for each row, and a third of what a replica of the long kind takes."""
    platform = write("large.xml", None)
    platform.write_text((root / "platforms/cluster-16-storage.xml").read_text().replace('radical="1-16"', 'radical="1-330"'))
    long = {
        "ftblab_scenario": 1, "title": "Weeks", "platform": {"file": str(platform)}, "control_plane_only": True,
        "storage": {"kind": "parallel-file-system", "servers": ["oss1", "oss2"]},
        "jobs": [{"name": "j1", "nodes": 300, "image_bytes": 1e8, "recovery": "checkpoint", "checkpoint": {"interval": 900},
                  "application": {"kind": "stencil", "iterations": 8000, "flops": 5e11, "halo_bytes": 1e6}}],
        "failures": [{"law": "exponential:mtbf=10d", "repair": "constant:mean=20min"}], "duration": 1e7}
    base = write("weeks.scenario", long)
    few, many = peak("weeks", base, 4), peak("weeks", base, 32)
    none = peak("nothing", root / "scenarios/lossy-network.json", 1)
    assert few > none + 8e6, "a long replica takes no memory: nothing is compared"
    assert many < few + 0.3 * (few - none), f"32 long replicas: {many} bytes, 4: {few}"
    few, many = (peak("rows", root / "scenarios/lossy-network.json", count) for count in (100, 2500))
    assert many < few + 1024 * 2400, f"2,500 rows: {many} bytes, 100: {few}"


def rows_or_none(folder):
    try:
        return rows(folder)
    except sqlite3.OperationalError:
        return []


def test_interrupt():
    """Ctrl-C saves what is done, says how to go on, and ends by the signal; no process is left."""
    path = write("interrupt.json", dict(small, replicas=20000))
    running = subprocess.Popen([program, "study", path, "--out", scratch / "interrupt"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    wait_for(running, lambda: rows_or_none(scratch / "interrupt"))
    os.killpg(running.pid, signal.SIGINT)
    said = running.communicate(timeout=PATIENCE)[1]
    assert running.returncode == -signal.SIGINT and "--resume" in said, (running.returncode, said)
    assert rows(scratch / "interrupt")
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            os.killpg(running.pid, 0)
        except ProcessLookupError:
            break
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.05)


def test_refusals():
    """A study that changed, a folder in use, a second study in a folder."""
    path = write("refused.json", small)
    ftblab("study", path, "--out", scratch / "refused")
    assert "'--resume'" in ftblab("study", path, "--out", scratch / "refused", ok=(64,)).stderr
    path.write_text(json.dumps(dict(small, replicas=41)))
    assert "has changed" in ftblab("study", path, "--out", scratch / "refused", "--resume", ok=(3,)).stderr
    long = write("long.json", dict(small, replicas=20000))
    running = subprocess.Popen([program, "study", long, "--out", scratch / "used"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    wait_for(running, (scratch / "used/study.sqlite").exists)
    assert "another process" in ftblab("study", long, "--out", scratch / "used", "--resume", ok=(64,)).stderr
    running.kill()
    running.wait()
    platform = scratch / "cluster.xml"
    shutil.copy(root / "platforms/cluster-16.xml", platform)
    path = write("platform.json", dict(small, set={"platform.file": str(platform)}, factors=[], replicas=3))
    ftblab("study", path, "--out", scratch / "platform")
    platform.write_text(platform.read_text() + "<!-- -->\n")
    assert "platform has changed" in ftblab("study", path, "--out", scratch / "platform", "--resume", ok=(3,)).stderr
    spoil_values(scratch / "platform")
    assert "integer overflow" in ftblab("report", scratch / "platform", "--out", scratch / "none", ok=(70,)).stderr


def spoil_values(folder):
    """What the study is can be asked for, but the answer breaks off."""
    with sqlite3.connect(folder / "study.sqlite") as db:
        db.execute("ALTER TABLE study RENAME TO kept")
        db.execute("CREATE VIEW study AS SELECT key, abs(-9223372036854775807 - 1) AS value FROM kept")


def test_shares():
    """Shares by hand and by launchers' environments, merged, are the whole; merging again changes nothing."""
    for name, study in (("fixed", small), ("rule", until)):
        path = write(f"share-{name}.json", study)
        whole, merged = scratch / f"{name}-whole", scratch / f"{name}-merged"
        ftblab("study", path, "--out", whole)
        parts = [scratch / f"{name}-{i}" for i in (1, 2, 3)]
        for i, part in enumerate(parts, 1):
            ftblab("study", path, "--out", part, "--shard", f"{i}/3")
            assert rows(part) != rows(whole)
        ftblab("merge", "--out", merged, parts[0], parts[1])
        assert len(rows(merged)) < len(rows(whole))
        ftblab("merge", "--out", merged, parts[1], parts[2])
        same(whole, merged)
        ftblab("merge", "--out", merged, *parts)
        same(whole, merged)
        ftblab("study", path, "--out", merged, "--resume")
        same(whole, merged)
    for rank, size in (("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"),
                       ("SLURM_PROCID", "SLURM_NTASKS")):
        folder = scratch / f"launched-{rank}"
        for i in range(2):
            ftblab("study", scratch / "share-fixed.json", "--out", folder, environment={rank: str(i), size: "2"})
        ftblab("merge", "--out", folder, folder)
        same(scratch / "fixed-whole", folder)
    batch = {"SLURM_JOB_ID": "1", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"}  # the script of a job, not a task of srun
    ftblab("study", scratch / "share-fixed.json", "--out", scratch / "batch", environment=batch)
    same(scratch / "fixed-whole", scratch / "batch")
    path = write("other.json", dict(small, seed=2))
    ftblab("study", path, "--out", scratch / "other")
    refused = ftblab("merge", "--out", scratch / "fixed-merged", scratch / "other", ok=(3,))
    assert "another study" in refused.stderr
    same(scratch / "fixed-whole", scratch / "fixed-merged")
    with sqlite3.connect(scratch / "other/study.sqlite") as connection:
        connection.execute("UPDATE study SET value = '0.0.1' WHERE key = 'version'")
    refused = ftblab("merge", "--out", scratch / "versions", scratch / "fixed-1", scratch / "other", ok=(3,))
    assert "another" in refused.stderr
    assert not (scratch / "versions").exists(), "a merge that failed left its folder behind"


def test_mpirun():
    """Real processes of Open MPI, which ends all of them when one fails: each does its share, and the merge is the whole."""
    if shutil.which("mpirun") is None:
        print("skipped: no mpirun here")
        return
    path = write("mpirun.json", small)
    folder = scratch / "mpirun"
    done = subprocess.run(["mpirun", "--oversubscribe", "-n", "3", program, "study", path, "--out", folder, "-j1"],
                          capture_output=True, text=True, env={**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                                                               "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
    assert done.returncode == 0, done.stderr
    assert len(list(folder.glob("shard-*-of-3"))) == 3
    ftblab("merge", "--out", folder, folder)
    ftblab("study", path, "--out", scratch / "mpirun-whole")
    same(scratch / "mpirun-whole", folder)


def fnv(data):
    digest = 14695981039346656037
    for byte in data:
        digest = (digest ^ byte) * 1099511628211 % 2 ** 64
    return digest


def digest_of(trace):
    """As studies/digest.c has it: of the header's text, and of what the records say, but not of components' notes."""
    def mix(digest, word):
        digest = ((digest ^ word % 2 ** 64) * 0x9E3779B97F4A7C15) % 2 ** 64
        return digest ^ digest >> 32

    def mix_texts(digest, record, keys):
        for key in keys:
            text = record[key].encode() if key in record else None
            digest = mix(digest, len(text) if text is not None else 2 ** 64 - 1)
            for at in range(0, len(text or b""), 8):
                digest = mix(digest, int.from_bytes(text[at:at + 8], "little"))
        return digest
    header, *records = trace.read_text().splitlines(keepends=True)
    digest = fnv(header.encode())
    for line in records:
        record = json.loads(line, parse_float=decimal.Decimal)
        action = ["register", "throw", "catch", "fact"].index(record["action"])
        constants = mix_texts(mix(fnv(b""), action), record, ("component", "event", "channel", "severity", "type", "space"))
        for word in (int(record["t"] * 10 ** 9), constants, ("seq" in record) | ("cause" in record) << 1,
                     record.get("seq", 0), record.get("cause", 0)):
            digest = mix(digest, word)
        remarks = ("note",) if record["action"] == "fact" else ()
        digest = mix_texts(digest, record, ("instance", "host", "payload") + remarks)
    return f"{digest:016x}"


def test_replay():
    """A replica run again has the verdict and the trace of its row; so it has when run with --seed and --set."""
    path = write("replay.json", dict(small, replicas=15))
    folder, trace = scratch / "replay", scratch / "replay.jsonl"
    ftblab("study", path, "--out", folder)
    results = rows(folder)
    assert any(row[4] == "violates" for row in results) and any(row[4] == "conforms" for row in results)
    for row in results[::7]:
        done = ftblab("run", "--replay", f"{folder}:{row[0]}.{row[1]}", "--trace", trace, "--format", "json")
        assert json.loads(done.stdout)["verdict"] == row[4]
        assert digest_of(trace) == row[-2]
    point, replica, seed = results[-1][:3]
    ftblab("run", "--replay", f"{folder}:{point}.{replica}", "--trace", trace)
    again = scratch / "again.jsonl"
    ftblab("run", small["scenario"], "--seed", seed, "--set", "backplane.channel.loss=0.4", "--set",
           "backplane.channel.delay_mean=0.01", "--set", "backplane.channel.duplication=0.1", "--trace", again)
    assert trace.read_bytes() == again.read_bytes()
    with sqlite3.connect(folder / "study.sqlite") as connection:
        connection.execute("UPDATE replicas SET trace = '0123456789abcdef' WHERE point = 1 AND replica = 1")
    assert "differs" in ftblab("run", "--replay", f"{folder}:1.1", ok=(70,)).stderr
    for change in ("UPDATE study SET value = '0' WHERE key = 'digest'", "DELETE FROM study WHERE key = 'digest'"):
        with sqlite3.connect(folder / "study.sqlite") as connection:
            connection.execute(change)
        for command in (("run", "--replay", f"{folder}:1.1"), ("study", path, "--out", folder, "--resume"),
                        ("merge", "--out", scratch / "digests", folder)):
            refused = ftblab(*command, ok=(3,))
            assert "digests of traces are of kind" in refused.stderr, refused.stderr


def test_scenarios():
    """Forked from a process that has the platform loaded, a run of every scenario is the one of ftblab run, byte for byte."""
    for scenario in sorted((root / "scenarios").glob("*.json")):
        path = write("one.json", {"ftblab_study": 1, "title": "One", "scenario": str(scenario), "replicas": 1})
        folder = scratch / f"one-{scenario.stem}"
        ftblab("study", path, "--out", folder)
        assert [row[3] for row in rows(folder)] == ["done"], scenario
        ftblab("run", "--replay", f"{folder}:1.1", "--format", "json", ok=(0, 1, 2))  # 70 if the digest differs


def children(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it is gone meanwhile
        return []


def grandchildren(pid):
    """The processes that run replicas of a study: children of the one that has the platform loaded."""
    return [child for loader in children(pid) for child in children(loader)]


def slow():
    """A scenario whose run takes seconds."""
    scenario = json.loads((root / "scenarios/mvapich2-migration.json").read_text())
    scenario["platform"]["file"] = str(root / "scenarios" / scenario["platform"]["file"])
    for job in scenario["jobs"]:
        job["application"]["iterations"] = 100000000
    scenario["duration"] = 1e8
    return write("slow-scenario.json", scenario)


def test_broken():
    """A replica that is killed and one that does not end are rows that say so; the others go on."""
    path = write("broken.json", {"ftblab_study": 1, "title": "Broken replicas", "scenario": str(slow()),
                                 "factors": [{"key": "duration", "values": [1e8, 60]}], "replicas": 2})
    folder = scratch / "broken"
    running = subprocess.Popen([program, "study", path, "--out", folder, "--time-limit", "8", "-j", "2"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.kill(wait_for(running, lambda: grandchildren(running.pid))[0], signal.SIGSEGV)
    out, said = running.communicate()
    fates = [row[3] for row in rows(folder)]
    assert running.returncode == 1, (out, said)
    assert sorted(fates[:2]) == ["blocked", "crashed"] and fates[2:] == ["done", "done"], fates
    assert any("Segmentation" in (row[-1] or "") for row in rows(folder))


def test_submit():
    """sbatch is given an array that does the shares, and a job that merges them: the stand-in runs both."""
    stub = scratch / "bin"
    stub.mkdir()
    (stub / "sbatch").write_text(f"""#!/bin/bash
cat >{scratch}/script
n=0
for word in "$@"; do case $word in --array=1-*) n=${{word#--array=1-}} ;; esac; done
for i in $(seq 1 "$n"); do SLURM_ARRAY_TASK_ID=$i sh {scratch}/script || exit 9; done
[ "$n" -gt 0 ] || sh {scratch}/script || exit 9
echo 4711
""")
    (stub / "sbatch").chmod(0o755)
    path = write("it's submitted.json", dict(small, replicas=10))
    folder = scratch / "submitted out"
    environment = {"PATH": f"{stub}:{os.environ['PATH']}"}
    done = ftblab("study", path, "--out", folder, "--submit", "slurm", "--tasks", "3", environment=environment)
    assert "job 4711" in done.stdout and "merges" in done.stdout
    ftblab("study", path, "--out", scratch / "submitted-whole")
    same(scratch / "submitted-whole", folder)
    nothing = ftblab("study", path, "--out", folder, "--submit", "slurm", environment={"PATH": "/nowhere"}, ok=(70,))
    assert "sbatch cannot be run" in nothing.stderr
    for deaf, code, word in (("exit 1", 70, "did not take"), ("exit 0", 70, "number"), ("echo 4712", 0, "job 4712")):
        (stub / "sbatch").write_text(f"#!/bin/bash\nexec <&-\n{deaf}\n")  # it is gone before the script is written
        done = ftblab("study", path, "--out", folder, "--submit", "slurm", environment=environment, ok=(code,))
        assert word in done.stdout + done.stderr, (deaf, done)


def test_summary():
    """The summary is that of the rows: mean, quantiles and count recomputed here, in every format."""
    folder = scratch / "summary"
    ftblab("study", write("summary.json", until), "--out", folder)
    summary = json.loads(ftblab("study", "--summary", folder, "--format", "json").stdout)
    lines = ftblab("study", "--summary", folder, "--format", "csv").stdout.splitlines()
    with sqlite3.connect(folder / "study.sqlite") as connection:
        for point in summary["points"]:
            for metric, found in point["metrics"].items():
                values = [value for (value,) in connection.execute(
                    f"SELECT {metric} FROM results WHERE point = ? AND {metric} IS NOT NULL ORDER BY 1",
                    (point["point"],))]
                assert found["count"] == len(values)
                if not values:
                    assert found["mean"] is None
                    continue
                assert abs(found["mean"] - sum(values) / len(values)) <= 1e-9 * abs(found["mean"])
                place = 0.9 * (len(values) - 1)
                low = values[int(place)]
                high = values[min(int(place) + 1, len(values) - 1)]
                assert abs(found["p90"] - (low + (place - int(place)) * (high - low))) < 1e-9 * (1 + abs(low))
    assert len(lines) == 1 + len(summary["points"]) * len(summary["points"][0]["metrics"])
    assert lines[0].startswith("point,loss,network,metric,unit,count,mean")


tests = {name[5:]: test for name, test in list(globals().items()) if name.startswith("test_")}
try:
    for chosen in sys.argv[2:] or tests:
        tests[chosen]()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
