"""Holds a trace against the rules of the trace-event format, and against the report of the same run.

    rules.py TRACE REPORT

The format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, the JSON
object format with complete events (X), metadata (M) and counters (C). What Perfetto asks of it beyond that: process and
thread numbers that are integers above 0, times that are numbers of whole nanoseconds, slices of a row that lie apart.
"""

import json
import sys
from collections import defaultdict

NANOSECOND = 1e-3
METADATA = {"process_name": ("name", str), "thread_name": ("name", str), "thread_sort_index": ("sort_index", int)}


class Broken(Exception):
    pass


def hold(truth, rule):
    if not truth:
        raise Broken(rule)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_time(value):
    """Microseconds, in whole nanoseconds, not before the first forward."""
    return is_number(value) and value >= 0 and abs(value * 1000 - round(value * 1000)) < 1e-3


def is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def check_event(event):
    hold(isinstance(event, dict), "an event is an object")
    hold(isinstance(event.get("name"), str) and event["name"], f"an event has a name: {event}")
    hold(event.get("ph") in ("X", "M", "C"), f"a phase is X, M or C: {event}")
    hold(is_id(event.get("pid")), f"a process is an integer above 0: {event}")
    hold(isinstance(event.get("args"), dict) and event["args"], f"an event has arguments: {event}")
    if event["ph"] == "M":
        hold(event["name"] in METADATA, f"metadata has one of the format's names: {event}")
        key, kind = METADATA[event["name"]]
        hold(isinstance(event["args"].get(key), kind), f"metadata has its argument: {event}")
        hold(event["name"] == "process_name" or is_id(event.get("tid")), f"a row is an integer above 0: {event}")
        return
    hold(is_time(event.get("ts")), f"a time is of whole nanoseconds from 0 on: {event}")
    if event["ph"] == "C":
        hold(all(is_number(value) for value in event["args"].values()), f"a counter counts: {event}")
        return
    hold(is_id(event.get("tid")), f"a row is an integer above 0: {event}")
    hold(is_time(event.get("dur")), f"a duration is of whole nanoseconds from 0 on: {event}")
    hold(event.get("cat") in ("forward", "operation", "wait"), f"a slice has a category: {event}")


def check_rows(events, workers):
    """Rows have a name each; what is on one does not overlap. Returns the slices of each row in order."""
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    hold(len(set(names.values())) == len(names) == workers + 1, f"a row for each worker and one for forwards: {names}")
    orders = {event["tid"]: event["args"]["sort_index"] for event in events if event["name"] == "thread_sort_index"}
    hold(sorted(orders.values()) == list(range(workers + 1)) and orders.keys() == names.keys(), "rows have an order")
    hold(len({event["pid"] for event in events}) == 1, "there is one process")
    rows = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            hold(event["tid"] in names, f"a slice is on a row with a name: {event}")
            rows[event["tid"]].append(event)
    for row, slices in rows.items():
        slices.sort(key=lambda slice: (slice["ts"], slice["dur"]))
        for before, after in zip(slices, slices[1:]):
            end = before["ts"] + before["dur"]
            hold(end <= after["ts"] + NANOSECOND / 2, f"slices of row {names[row]} overlap: {before} {after}")
    return {names[row]: slices for row, slices in rows.items()}


def check_forwards(rows, report):
    """Every forward has every tile of every operation once, within its time, and waits for what others ran.

    Returns the operations.
    """
    operations = report["operations"]
    forwards = {slice["args"]["forward"]: slice for slice in rows["forwards"]}
    hold(sorted(forwards) == list(range(len(forwards))) and forwards, "forwards have numbers from 0 on")
    hold(all(slice["cat"] == "forward" for slice in rows["forwards"]), "the row of forwards has forwards alone")
    tiles = defaultdict(int)
    counts = {}
    for name, slices in rows.items():
        if name == "forwards":
            continue
        for number, forward in forwards.items():
            own = [slice for slice in slices if slice["args"]["forward"] == number]
            end = forward["ts"] + forward["dur"]
            for slice in own:
                hold(
                    forward["ts"] <= slice["ts"] + NANOSECOND / 2
                    and slice["ts"] + slice["dur"] <= end + NANOSECOND / 2,
                    f"a slice lies within its forward: {slice}",
                )
            hold(sum(slice["dur"] for slice in own) <= forward["dur"] + NANOSECOND, f"{name} had more time than a forward")
        for slice in slices:
            arguments = slice["args"]
            if slice["cat"] == "wait":
                hold(isinstance(arguments["for"], str), f"a wait is for an operation: {slice}")
                hold(f"worker {arguments['worker']}" != name.split(" (")[0], f"no worker waits for itself: {slice}")
                continue
            operation = operations[arguments["operation"]]
            hold(slice["name"] == operation["name"], f"a slice has the operation's name: {slice}")
            for key in ("kind", "shape"):
                hold(arguments[key] == operation[key], f"a slice has the operation's {key}: {slice}")
            hold(arguments["bytes"] >= 0 and arguments["gflops"] >= 0, f"a slice has its work: {slice}")
            hold(0 <= arguments["first_tile"] < arguments["end_tile"] <= arguments["tiles"], f"a slice has tiles: {slice}")
            counts[arguments["operation"]] = arguments["tiles"]
            for tile in range(arguments["first_tile"], arguments["end_tile"]):
                tiles[arguments["forward"], arguments["operation"], tile] += 1
    wanted = sum(counts.values()) * len(forwards)
    hold(len(tiles) == wanted and set(tiles.values()) == {1}, "every forward has every tile once")
    return set(counts)


def check_report(report, operations):
    """The report's own timeline, of one forward."""
    timeline = report["timeline"]
    events = timeline["events"]
    hold({event["operation"] for event in events} == operations, "the timeline has the operations of the trace")
    for event in events:
        hold(0 <= event["start_us"] <= event["end_us"] <= timeline["forward_us"], f"an event lies within the forward: {event}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        trace = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        report = json.load(file)
    try:
        hold(set(trace) <= {"traceEvents", "displayTimeUnit", "otherData"}, f"the object has the format's keys: {set(trace)}")
        hold(trace["displayTimeUnit"] in ("ms", "ns"), "the unit to show is ms or ns")
        events = trace["traceEvents"]
        for event in events:
            check_event(event)
        rows = check_rows(events, report["threads"])
        check_report(report, check_forwards(rows, report))
    except (Broken, KeyError, TypeError) as error:
        print(f"trace: broken: {error!r}"[:2000])
        sys.exit(1)
    slices = sum(len(row) for row in rows.values())
    print(f"trace: {report['threads']} workers, {len(rows['forwards'])} forwards, {slices} slices: as the format has them")


main()
