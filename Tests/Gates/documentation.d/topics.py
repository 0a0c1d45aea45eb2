"""Names the public types without a page or a topic; fails if there are any.

usage: topics.py GRAPHS CATALOGUE ARCHIVE: folders of symbol graphs, of the catalogue and of what docc made of both.
A type at the top of the library must stand in a list of the catalogue's first page; a nested one has a page below its parent's.
"""
import json, pathlib, re, sys

graphs, catalogue, archive = map(pathlib.Path, sys.argv[1:])
kinds = {"swift.class", "swift.enum", "swift.protocol", "swift.struct", "swift.typealias"}
module = catalogue.stem
page = (catalogue / f"{module}.md").read_text(encoding="utf-8")
listed = set(re.findall(r"^- ``([\w/]+)``$", page.split("## Topics")[1], re.MULTILINE))
# Where a property has the name of a type, the type's page bears its kind: `pinning-swift.struct`.
pages = {re.sub(r"-swift\.(class|enum|protocol|struct|typealias)\b", "", path.relative_to(archive).as_posix())
         for path in archive.glob(f"data/documentation/{module.lower()}/**/*.json")}
faults, count = [], 0
for file in sorted(graphs.glob("*.symbols.json")):
    for symbol in json.loads(file.read_text())["symbols"]:
        name = "/".join(symbol["pathComponents"])
        if symbol["kind"]["identifier"] not in kinds: continue
        count += 1
        if "/" not in name and name not in listed: faults.append(f"{name} has no topic in {module}.md")
        if f"data/documentation/{module.lower()}/{name.lower()}.json" not in pages: faults.append(name + " has no page")
if count == 0: sys.exit("documentation: no public type was found")
for fault in faults: print("documentation: " + fault)
print(f"documentation: {count} public types, {len(faults)} faults of pages and topics")
sys.exit(bool(faults))
