"""Prints the blocks of Swift of a catalogue, each as the body of a function.

Its parameters are what the text around a block speaks of. Blocks of manifests, which begin with a dot, are Tests/Gates/dependency's.
Errors name line and article.
"""
import pathlib, re, sys

parameters = ("folder: String, numbers: [Float], steps: [Timestep], model: UNet1DModel, shape: ForwardShape, pool: WorkerPool, "
              "sample: Tensor")
print("import UNet1D")
count = 0
for article in sorted(pathlib.Path(sys.argv[1]).rglob("*.md")):
    text = article.read_text(encoding="utf-8")
    for match in re.finditer(r"^```swift\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if match[1].startswith("."): continue
        count += 1
        line = text.count("\n", 0, match.start(1)) + 1
        body = match[1].replace("import UNet1D\n", "\n")
        print(f'func block{count}({parameters}) async throws {{\n#sourceLocation(file: "{article.name}", line: {line})')
        print(f"{body}#sourceLocation()\n}}")
if count == 0: sys.exit("documentation: no block of Swift was found")
print(f"documentation: {count} blocks of Swift", file=sys.stderr)
