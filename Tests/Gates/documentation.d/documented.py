"""Names the declarations in a folder of symbol graphs that have no documentation; fails if there are any.

Members that the compiler or a protocol of the standard library brings are documented there.
"""
import json, pathlib, sys

brought = {"==(_:_:)", "hash(into:)", "encode(to:)", "init(rawValue:)", "rawValue", "description", "hashValue", "allCases"}
bare, count = [], 0
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.symbols.json")):
    for symbol in json.loads(file.read_text())["symbols"]:
        name = symbol["pathComponents"][-1]
        if symbol["kind"]["identifier"] == "swift.extension" or name in brought: continue
        count += 1
        if "docComment" not in symbol: bare.append(file.name.split(".")[0] + ": " + ".".join(symbol["pathComponents"]))
if count == 0: sys.exit("documentation: no declaration was found")
for name in bare: print("documentation: not documented: " + name)
print(f"documentation: {count} public declarations, {len(bare)} without documentation")
sys.exit(bool(bare))
