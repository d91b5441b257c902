#!/usr/bin/env python3
"""Every workflow as a net and as a graph.

PNML: the document has the structure of the grammar of 2009 for place/transition nets; the net is a workflow net; each
row is a transition; ways through the workflow, drawn at random from an order that is computed here from the rows, fire
through to the sink and leave nothing behind; with two ordered rows exchanged they do not. DOT: what Graphviz draws has
a node for each row.

    nets.py PROGRAM
"""
import json
import random
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree

SPACE = "{http://www.pnml.org/version-2009/grammar/pnml}"
WAYS = 10  # ways through each workflow
failures = []


def fail(workflow, reason):
    failures.append(f"{workflow}: {reason}")


def export(program, workflow, form):
    return subprocess.run([program, "spec", "export", workflow, "--as", form], check=True, stdout=subprocess.PIPE,
                          text=True).stdout


# ---- the net -------------------------------------------------------------------------------------------------------

class Net:
    def __init__(self, text):
        root = tree.fromstring(text)
        assert root.tag == SPACE + "pnml"
        (net,) = root
        assert net.tag == SPACE + "net" and net.get("type") == "http://www.pnml.org/version-2009/grammar/ptnet"
        name, page = net
        assert name.tag == SPACE + "name" and page.tag == SPACE + "page"
        self.places, self.names, self.silent, ids = {}, {}, set(), {net.get("id"), page.get("id")}
        self.before, self.behind = {}, {}
        arcs = []
        for element in page:
            kind, key = element.tag.removeprefix(SPACE), element.get("id")
            assert key not in ids, f"{key} is twice"
            ids.add(key)
            children = [child.tag.removeprefix(SPACE) for child in element]
            if kind == "place":
                assert children in (["name"], ["name", "initialMarking"])
                self.places[key] = int(element.findtext(f"{SPACE}initialMarking/{SPACE}text", "0"))
            elif kind == "transition":
                assert children == ["name", "toolspecific"]
                assert set(element[1].keys()) == {"tool", "version"}
                self.names[key] = element.findtext(f"{SPACE}name/{SPACE}text")
                if element.find(f"{SPACE}toolspecific/{SPACE}silent") is not None:
                    self.silent.add(key)
                self.before[key], self.behind[key] = [], []
            else:
                assert kind == "arc" and not children
                arcs.append((element.get("source"), element.get("target")))
        for source, target in arcs:
            assert (source in self.places) != (target in self.places), "an arc joins a place and a transition"
            if source in self.places:
                self.before[target].append(source)
            else:
                self.behind[source].append(target)

    def is_workflow_net(self):
        """One source, one sink, and every node on a way from the one to the other."""
        into = {p for t in self.names for p in self.behind[t]}
        out = {p for t in self.names for p in self.before[t]}
        ways = {"places": (set(self.places) - into, self.before, self.behind),
                "back": (set(self.places) - out, self.behind, self.before)}
        for ends, needs, gives in ways.values():
            if len(ends) != 1:
                return False
            seen, grows = set(ends), True
            while grows:
                more = {t for t in self.names if seen & set(needs[t])}
                more |= {p for t in more for p in gives[t]}
                grows = not more <= seen
                seen |= more
            if seen != set(self.places) | set(self.names):
                return False
        return True

    def fire(self, marking, transition):
        if not all(marking[place] >= self.before[transition].count(place) for place in self.before[transition]):
            return False
        for place in self.before[transition]:
            marking[place] -= 1
        for place in self.behind[transition]:
            marking[place] += 1
        return True

    def fire_named(self, marking, name):
        return any(self.fire(marking, t) for t, own in self.names.items() if own == name)

    def replays(self, way, decisions, absent):
        """Fire the rows of WAY, silent transitions where they must."""
        marking = dict(self.places)
        quiet = ["without " + row for row in absent]
        if not self.fire_named(marking, "start") or not all(self.fire_named(marking, d) for d in decisions):
            return False

        def settle():
            while any(self.fire_named(marking, name) for name in quiet):
                pass

        for row in way:
            settle()
            if not self.fire_named(marking, row):
                return False
        settle()
        while self.fire_named(marking, "all members"):
            pass
        return self.fire_named(marking, "end") and marking == {p: int(p == "sink") for p in self.places}


# ---- ways through a workflow ---------------------------------------------------------------------------------------

def label(row):
    return f"{row['step']} {row['component']} {row['action']} {row['event']}"


def number(row):
    return int("".join(c for c in row["step"].split("(")[0] if c.isdigit()))


def is_optional(row):
    return row.get("optional", False) or "unless" in row


def branch_of(row):
    return (row["choice"]["of"], row["choice"]["branch"]) if "choice" in row else None


def exclude(a, b):
    one, other = branch_of(a), branch_of(b)
    return bool(one and other and one[0] == other[0] and one[1] != other[1])


def is_certain(later, first, second):
    """Does the row LATER take place whenever the other two do?"""
    return not later.get("optional") and branch_of(later) in (None, branch_of(first), branch_of(second))


def directly_precedes(rows, r, s):
    first, second = rows[r], rows[s]
    if exclude(first, second):
        return False
    if first["component"] == second["component"]:
        return number(first) != number(second)
    if first["action"] != "throw" or second["action"] != "catch" or first["name"] != second["name"]:
        return False
    return not any(row["action"] == "throw" and row["name"] == second["name"] and is_certain(row, first, second)
                   for row in rows[r + 1:s])


def causal_order(rows):
    """The contract's order as pairs, closed; also by way of rows that do not take place."""
    before = [set() for _ in rows]
    for s in range(len(rows)):
        for r in range(s):
            if directly_precedes(rows, r, s):
                before[s] |= before[r] | {r}
        before[s] = {r for r in before[s] if not exclude(rows[r], rows[s])}
    return {(rows[r]["step"], rows[s]["step"]) for s in range(len(rows)) for r in before[s]}


def draw(workflow, chance):
    """Rows that take place, what decides it, rows that do not, and the order."""
    choices, taken = {}, set()
    for row in workflow["rows"]:
        if "choice" in row:
            branches = choices.setdefault(row["choice"]["of"], [])
            if row["choice"]["branch"] not in branches:
                branches.append(row["choice"]["branch"])
    phases = sorted({row["phase"] for row in workflow["rows"]})
    begun = {phase for phase in phases if phase == 0 or chance.random() < 0.7}
    picked = {of: chance.choice(branches) for of, branches in choices.items()}
    for row in workflow["rows"]:
        in_branch = "choice" not in row or picked[row["choice"]["of"]] == row["choice"]["branch"]
        if row["phase"] in begun and in_branch and not (is_optional(row) and chance.random() < 0.5):
            taken.add(row["step"])
    texts = {o["phase"]: o["text"] for o in workflow["occurrences"]}
    decisions = [f"phase {p + 1}: {texts.get(p, '')}" if p in begun else f"without phase {p + 1}" for p in phases if p]
    decisions += [f"{of}: {branch}" for of, branch in picked.items()]
    rows = [row for row in workflow["rows"] if row["step"] in taken]
    absent = [label(row) for row in workflow["rows"] if row["step"] not in taken]
    closed = causal_order(workflow["rows"])
    order = [(r, s) for s in range(len(rows)) for r in range(s) if (rows[r]["step"], rows[s]["step"]) in closed]
    return rows, decisions, absent, order


def extend(count, order, chance):
    """A linear extension of the order, at random."""
    left, way = set(range(count)), []
    while left:
        free = [i for i in sorted(left) if not any(s == i and r in left for r, s in order)]
        way.append(chance.choice(free))
        left.remove(way[-1])
    return way


def check_ways(identifier, workflow, net, chance):
    for _ in range(WAYS):
        rows, decisions, absent, order = draw(workflow, chance)
        way = extend(len(rows), order, chance)
        labels = [label(rows[i]) for i in way]
        again = [label(row) for row in rows if "each" in row]
        if not net.replays(labels + again, decisions, absent):
            fail(identifier, f"does not fire through: {labels}")
        for r, s in order:
            moved = [i for i in way if i != r]
            moved.insert(moved.index(s) + 1, r)
            if net.replays([label(rows[i]) for i in moved], decisions, absent):
                fail(identifier, f"fires although {label(rows[r])} comes after {label(rows[s])}")
        if rows and net.replays(labels[:-1], decisions, absent):
            fail(identifier, f"ends without {labels[-1]}")


def check_graph(identifier, workflow, text):
    drawing = tree.fromstring(subprocess.run(["dot", "-Tsvg"], input=text, check=True, stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE, text=True).stdout)
    words = {(element.text or "").replace("\u00a0", " ") for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    for row in workflow["rows"]:
        if label(row) not in words:
            fail(identifier, f"the drawing lacks {label(row)}")


def main(program):
    chance = random.Random(4)
    listed = subprocess.run([program, "spec", "list"], check=True, stdout=subprocess.PIPE, text=True).stdout
    words = sorted({line.split()[0] for line in listed.splitlines() if line.split() and "." in line.split()[0]})
    count = 0
    for identifier in words:
        if subprocess.run([program, "spec", "export", identifier], capture_output=True, check=False).returncode:
            continue  # a section, not a workflow
        workflow = json.loads(export(program, identifier, "json"))
        try:
            net = Net(export(program, identifier, "pnml"))
        except AssertionError as reason:
            fail(identifier, f"not the structure of PNML: {reason}")
            continue
        count += 1
        if not net.is_workflow_net():
            fail(identifier, "no workflow net")
        for row in workflow["rows"]:
            if label(row) not in {name for t, name in net.names.items() if t not in net.silent}:
                fail(identifier, f"no transition {label(row)}")
        check_ways(identifier, workflow, net, chance)
        if shutil.which("dot"):
            check_graph(identifier, workflow, export(program, identifier, "dot"))
    print("\n".join(failures[:20]))
    print(f"{count} workflows, {len(failures)} failures" + ("" if shutil.which("dot") else " (no dot: not drawn)"))
    return 1 if failures or count < 30 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
