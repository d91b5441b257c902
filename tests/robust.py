"""robust.py PROGRAM [--no-limit]: `ftblab check` on hostile traces, in bounded memory.

Each must end with the exit status and the message that stand here, never by a signal. --no-limit leaves the limit of
the address space out, for builds with a sanitizer."""
import resource
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
LIMIT = 0 if "--no-limit" in sys.argv else 1500 << 20  # bytes; chosen: 10^6 open instances at 300 bytes, and room
OPEN = 20000 if "--no-limit" in sys.argv else 1000000
HEADER = b'{"ftblab_trace": 1, "observes": ["throw", "catch"]}\n'
MANY = 2000 if "--no-limit" in sys.argv else 8000
PATIENCE = 120  # seconds; chosen: each takes one or two, and hours if the time grew with the square of the length
failures = 0


def record(t, payload=b"nodes: {n1}", more=b"", who=b"Monitoring System", action=b"throw", event=b"CHECK_NODES_DEAD"):
    return (b'{"t": %s, "component": "%s", "action": "%s", "event": "%s", "payload": "%s"%s}\n' %
            (t, who, action, event, payload, more))


def limit():
    if LIMIT:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


def check(name, lines, statuses, message=""):
    global failures
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as trace:
        for line in lines:
            trace.write(line)
        trace.flush()
        try:
            run = subprocess.run([PROGRAM, "check", trace.name], capture_output=True, preexec_fn=limit,
                                 timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            failures += 1
            print(f"{name}: no end within {PATIENCE} s")
            return
    said = (run.stdout + run.stderr).decode(errors="replace")
    if run.returncode not in statuses or message not in said:
        failures += 1
        print(f"{name}: exit status {run.returncode}, not {statuses}; '{message}' is wanted in:\n{said[:600]}")


def interleaved(count):
    """Every node begins before any goes on, and one of three lacks a row."""
    for i in range(count):
        yield record(b"%d" % i, b"nodes: {n%d}" % i)
    for i in range(count):
        if i % 3 != 0:
            yield record(b"%d" % (count + i), b"nodes: {n%d}" % i).replace(b"throw", b"catch").replace(
                b"Monitoring System", b"RM/JS")


MEBIBYTE = 1 << 20
check("a payload of 10 MiB", [HEADER, record(b"1", b"nodes: {" + b"n" * 10 * MEBIBYTE + b"}")], (1, 3))
check("a line of 10 MiB that never ends", [HEADER, b'{"t": "' + b"x" * 10 * MEBIBYTE], (3,))
check("a set of 65,536 nodes",
      [HEADER, record(b"1", b"nodes: {" + b", ".join(b"n%d" % n for n in range(65536)) + b"}")], (1, 2))
check("a range of 10^18 ranks", [HEADER, record(b"1", b"nodes: {n1}, ranks: {0-999999999999999999}")], (1, 2))
check("deep nesting", [HEADER, record(b"1", more=b', "x": ' + b"[" * 100000 + b"]" * 100000)], (3,))
check("a NUL", [HEADER, record(b"1", b"nodes: {n\0}")], (3,))
check("an escaped NUL", [HEADER, record(b"1", b"nodes: {n\\u0000}")], (1, 3))
check("invalid UTF-8", [HEADER, record(b"1", b"nodes: {n\xff}")], (3,), "UTF-8")
check("a key twice", [HEADER, record(b"1", more=b', "t": 2')], (3,), "t")
check("a time out of range", [HEADER, record(b"1e300")], (3,))
check("a time that is no number", [HEADER, record(b"NaN")], (3,))
check("a sequence number out of range", [HEADER, record(b"1", more=b', "seq": 99999999999999999999999')], (3,))
check("no newline, no record", [b"\xef\xbb\xbf"], (2,))
check(f"{OPEN} open instances", [HEADER] + [record(b"%d" % i, b"nodes: {n%d}" % i) for i in range(OPEN)], (2,))
check("interleaved instances", [HEADER] + list(interleaved(OPEN // 5)), (1, 2))
check("one key again and again", [HEADER] + [record(b"%d" % i) for i in range(OPEN // 20)], (1,))
check("one key again and again, and caught", [HEADER] + [line for i in range(MANY // 2) for line in (
    record(b"%d" % i), record(b"%d" % i, who=b"RM/JS", action=b"catch"))], (1, 2))
check("catches of nothing thrown", [HEADER] + [record(
    b"%d" % i, b"nodes: {n%d}" % i, who=b"MPI", action=b"catch", event=b"CONFIRM_NODES_DEAD")
                                              for i in range(MANY)], (1,))
check("predictions and suspensions that name no node", [HEADER] + [line for i in range(MANY // 2) for line in (
    record(b"%d" % i, b"nodes: {n%d}" % i, who=b"Autonomic Script", event=b"PREDICT_NODES_FAILURE"),
    record(b"%d" % i, b"jobs: {j%d}" % i, who=b"RM/JS", event=b"DO_JOBS_SUSPEND"))], (1, 2))
check("many jobs of one node", [HEADER, record(b"0")] + [record(
    b"%d" % i, b"nodes: {n1}, jobs: {j%d}" % i, who=b"RM/JS", event=b"RM_JOBS_DEAD") for i in range(MANY)], (1, 2))
sys.exit(1 if failures else 0)
