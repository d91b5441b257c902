#!/usr/bin/python3
"""The standard's data files against their schemas, with an implementation of JSON Schema that is not ours.

Usage: schema_test.py [SOURCE_DIRECTORY]. Also breaks each file in several ways and expects every one to be refused.
"""
import copy
import json
import pathlib
import sys

import jsonschema

SOURCE = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
DATA = SOURCE / "conformance" / "data"


def validator(name):
    schema = json.loads((DATA / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def first_row(family):
    return next(row for row in family["workflows"][0]["table"] if "step" in row)


def broken_families(family):
    """Copies of FAMILY, each with one mistake."""
    def change(edit):
        copied = copy.deepcopy(family)
        edit(copied)
        return copied

    yield "no registers", change(lambda f: f.pop("registers"))
    yield "unknown key", change(lambda f: f.update(titel="x"))
    yield "bad action", change(lambda f: first_row(f).update(action="see"))
    yield "bad step", change(lambda f: first_row(f).update(step="2a"))
    yield "text no list", change(lambda f: first_row(f).update(text="x"))
    yield "choice without branch", change(lambda f: first_row(f).update(choice={"of": "x"}))
    yield "optional is no boolean", change(lambda f: first_row(f).update(optional="yes"))
    yield "each is no word", change(lambda f: first_row(f).update(each=""))
    yield "empty table", change(lambda f: f["workflows"][0].update(table=[]))
    yield "derived, no basis", change(lambda f: (f["workflows"][0].pop("basis", 0),
                                                 f["workflows"][0].update(origin="derived")))


def broken_catalogues(catalogue):
    def change(**values):
        copied = copy.deepcopy(catalogue)
        copied["events"][0].update(values)
        return copied

    yield "bad channel", change(channel="sometimes")
    yield "lower case name", change(name="check_nodes_dead")
    yield "role is no string", change(thrown_by=[1])
    yield "unknown key", change(thrownby=[])
    yield "code without name", change(codes=[{"text": "x"}])
    yield "space twice", change(spaces=["ftb.mpi.x", "ftb.mpi.x"])
    yield "role twice", change(caught_by=["MPI", "MPI"])


def check(name, against, breaks):
    value = json.loads((DATA / name).read_text(encoding="utf-8"))
    failures = [f"{name}: {error.json_path}: {error.message}" for error in against.iter_errors(value)]
    failures += [f"{name}: accepted although broken: {what}" for what, bad in breaks(value) if against.is_valid(bad)]
    return failures


def main():
    workflows, catalogue = validator("workflows.schema.json"), validator("catalogue.schema.json")
    families = sorted(p.name for p in DATA.glob("*.json") if p.name[0].isupper())
    catalogues = sorted(p.name for p in DATA.glob("catalogue*.json") if p.name != "catalogue.schema.json")
    failures = []
    for name in catalogues:
        failures += check(name, catalogue, broken_catalogues)
    for name in families:
        failures += check(name, workflows, broken_families)
    if not {"B.1.json", "S2.1.json"} <= set(families) or "catalogue.json" not in catalogues:
        failures.append(f"not all there: {catalogues}, {families}")
    for failure in failures:
        print(failure)
    print(f"{len(families) + len(catalogues)} data files, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
