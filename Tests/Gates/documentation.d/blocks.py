"""Prints the blocks of Swift of a catalogue and of doc comments, each as the body of a function.

usage: blocks.py MODULE CATALOGUE GRAPHS: the module to import; folders of its catalogue and of symbol graphs.
The function's parameters are what the text around a block speaks of. Blocks of manifests, which begin with a dot, are
Tests/Gates/dependency's. Errors name line and file.
"""
import json, pathlib, re, sys

parameters = ("folder: String, numbers: [Float], steps: [Timestep], model: UNet1DModel, shape: ForwardShape, pool: WorkerPool, "
              "sample: Tensor")


def texts(catalogue, graphs):
    """The name of each file, the line on which its text begins, and the text."""
    for article in sorted(catalogue.rglob("*.md")): yield article.name, 1, article.read_text(encoding="utf-8")
    for graph in sorted(graphs.glob("*.symbols.json")):
        for symbol in json.loads(graph.read_text())["symbols"]:
            if "docComment" not in symbol: continue
            lines = symbol["docComment"]["lines"]
            first = lines[0]["range"]["start"]["line"] + 1 if "range" in lines[0] else 1
            name = symbol["docComment"].get("uri", symbol["names"]["title"]).rsplit("/", 1)[-1]
            yield name, first, "".join(line["text"] + "\n" for line in lines)


module = sys.argv[1]
print("import " + module)
count = 0
for name, first, text in texts(*map(pathlib.Path, sys.argv[2:])):
    for match in re.finditer(r"^```swift\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if match[1].startswith("."): continue
        count += 1
        line = first + text.count("\n", 0, match.start(1))
        body = match[1].replace(f"import {module}\n", "\n")
        print(f'func block{count}({parameters}) async throws {{\n#sourceLocation(file: "{name}", line: {line})')
        print(f"{body}#sourceLocation()\n}}")
if count == 0: sys.exit("documentation: no block of Swift was found")
print(f"documentation: {count} blocks of Swift", file=sys.stderr)
