#!/usr/bin/env python3
"""Every format of verdicts is what it claims to be, whatever stands in a trace or in its name.

    formats.py PROGRAM

Judges the traces of tests/traces, and one whose name and contents are as nasty as can be, and validates: JSON by its
schema; SARIF by the part of its schema that we use (tests/schemas; if the environment's FTBLAB_SARIF_SCHEMA names the
file of OASIS, by that too); JUnit by an XML schema with xmllint, and its sums; TAP 14 by its grammar; annotations of
GitHub by theirs. At last each document is spoiled, and must be refused.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "tests" / "schemas"
NASTY_NAME = b"%a:b,c\"d'e&<f>]]> # \\ \x01\x1b\n\xff\xfe \xef\xbf\xbe.jsonl"
NASTY_WORD = "\\u0001\\u001b[31m<&>\\\"' ]]> # % \\\\ \\n::error::\\ufffe\\uffff"
NASTY_TRACE = f"""{{"t": 1, "component": "{NASTY_WORD}", "action": "throw", "event": "{NASTY_WORD}"}}
{{"t": 2, "component": "Monitoring System", "action": "throw", "event": "CHECK_NODES_DEAD", "payload": "nodes: {{n1}}"}}
{{"t": 3, "component": "{NASTY_WORD}", "action": "catch", "event": "CHECK_NODES_DEAD", "payload": "nodes: {{n1}}"}}
{{"t": 4, "component": "Autonomic Script", "action": "throw", "event": "CONFIRM_NODES_DEAD",
"""
# Logs of one incident, with findings in both
LOGS = ["--dialect", "slurm", "tests/dialects/slurm/out-of-order.log", "--dialect", "tests/dialects/own/pings.json",
        "tests/dialects/own/pings.log"]
COMPLAINTS = []


def complain(text):
    COMPLAINTS.append(text)
    print(text)


def judge(program, traces, form, *options):
    command = [program, "check", "--complete", "--lenient", "--format", form, *options, *traces]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if result.returncode not in (0, 1, 2):
        complain(f"{form}: exit {result.returncode}")
    return result.stdout.decode("utf-8")


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def faults_by(schema, value):
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return [f"{error.json_path}: {error.message[:200]}" for error in cls(schema).iter_errors(value)]


def faults_of_json(text):
    schema = load(ROOT / "conformance" / "data" / "verdict.schema.json")
    return [fault for line in text.splitlines() for fault in faults_by(schema, json.loads(line))]


def faults_of_sarif(text):
    log, faults = json.loads(text), []
    schemas = [SCHEMAS / "sarif.schema.json"] + [p for p in [os.environ.get("FTBLAB_SARIF_SCHEMA")] if p]
    for path in schemas:
        faults += faults_by(load(path), log)
    if faults:
        return faults
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    if len(rules) != len(set(rules)):
        faults.append("a rule twice")
    faults += [f"no rule {r['ruleId']}" for r in run["results"] if r["level"] == "error" and r["ruleId"] not in rules]
    return faults


def faults_of_junit(text):
    faults = []
    with tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        result = subprocess.run(["xmllint", "--noout", "--schema", str(SCHEMAS / "junit.xsd"), file.name],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        return [result.stdout]
    for suite in xml.fromstring(text.encode("utf-8")):
        for sum_of, element in (("tests", "testcase"), ("failures", "testcase/failure"), ("errors", "testcase/error"),
                                ("skipped", "testcase/skipped")):
            if int(suite.get(sum_of)) != len(suite.findall(element)):
                faults.append(f"{suite.get('name')}: {sum_of} is wrong")
    return faults


def faults_of_tap(text):
    """The grammar of TAP 14, as far as it is used: version, plan, test points, YAML blocks."""
    lines, faults, number, inside = text.split("\n"), [], 0, False
    if lines[0] != "TAP version 14" or not re.fullmatch(r"1\.\.\d+", lines[1]) or lines[-1]:
        faults.append("no version, no plan or no end")
    for line in lines[2:-1]:
        point = re.fullmatch(r"(not )?ok (\d+) - ((?:[^#\\\x00-\x1f]|\\[#\\])*)( # (SKIP|TODO) .*)?", line)
        if inside:
            inside = line != "  ..."
            if inside and not re.match(r"    |  [a-z ]+:", line):
                faults.append(f"not of the YAML block: {line!r}")
        elif point:
            number += 1
            if int(point.group(2)) != number:
                faults.append(f"number {line!r}")
        elif line == "  ---":
            inside = True
        else:
            faults.append(f"no test point: {line!r}")
    if inside or lines[1] != f"1..{number}":
        faults.append("the plan does not come true")
    return faults


def faults_of_github(text):
    pattern = re.compile(r"::(error|warning|notice) file=[^:,\r\n]+(,line=\d+)?,title=[^:,\r\n]+::[^\r\n]*")
    faults = [f"no command: {line!r}" for line in text.split("\n")[:-1] if not pattern.fullmatch(line)]
    return faults + [f"bad escape: {hit}" for hit in re.findall(r"%(?!0A|0D|25|3A|2C)..", text)]


SPOIL = {"json": ('"fitness"', '"fitnes"'), "sarif": ('"ruleId"', '"ruleID"'), "junit": ("<testcase name", "<testcase nam"),
         "tap": ("ok 1 ", "ok 7 "), "github": (",title=", ",title=:")}


def main(program):
    program = str(pathlib.Path(program).resolve())
    if not shutil.which("xmllint"):
        print("xmllint (Debian: libxml2-utils) is missing")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        nasty = os.path.join(os.fsencode(scratch), NASTY_NAME)
        with open(nasty, "w", encoding="utf-8") as file:
            file.write(NASTY_TRACE)
        traces = sorted(map(str, (ROOT / "tests" / "traces").rglob("*.jsonl"))) + [nasty]
        expected = ["--expected", "tests/verdicts/expected.json", "--today", "2027-01-31"]
        for options in ([], expected, ["--bounds", "tests/verdicts/bounds.json"]):
            for form, spoil in SPOIL.items():
                text = judge(program, traces, form, *options)
                faults = globals()[f"faults_of_{form}"](text)
                for fault in faults:
                    complain(f"{form} {options}: {fault}")
                if not globals()[f"faults_of_{form}"](text.replace(*spoil)):
                    complain(f"{form}: accepted although spoiled")
        for form in SPOIL:
            for fault in globals()[f"faults_of_{form}"](judge(program, LOGS, form)):
                complain(f"{form} of logs: {fault}")
    print(f"{len(traces)} traces, {len(COMPLAINTS)} complaints")
    return 1 if COMPLAINTS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
