"""Writes a trace with one rule broken.

    damage.py TRACE RULE DAMAGED
"""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    trace = json.load(file)
events = trace["traceEvents"]
slices = [event for event in events if event.get("cat") == "operation"]
match sys.argv[2]:
    case "overlap":
        slices[0]["dur"] += 1e4
    case "negative":
        slices[-1]["dur"] = -1
    case "nameless row":
        events.remove(next(event for event in events if event["name"] == "thread_name"))
    case "phase":
        slices[0]["ph"] = "B"
    case "lost tile":
        events.remove(slices[len(slices) // 2])
    case "wrong name":
        slices[0]["name"] = "another"
    case "own wait":
        wait = next(event for event in events if event.get("cat") == "wait")
        wait["args"]["worker"] = wait["tid"] - 1
with open(sys.argv[3], "w", encoding="utf-8") as file:
    json.dump(trace, file)
