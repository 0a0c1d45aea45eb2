"""Names the paths and relative links of README, HACKING and a catalogue, given as its folder, that lead to no file.

A path stands in backticks, and has a slash and the extension of a file or begins with a folder of the root. It is one from
the root or from Sources if its first folder is there; else it may begin anywhere.
"""
import pathlib, re, sys

extensions = {"c", "cpp", "h", "json", "jsonl", "md", "py", "sh", "svg", "swift"}
root = pathlib.Path.cwd()
folders = {entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")}
tails = set()
for folder in folders:
    for file in [root / folder, *(root / folder).rglob("*")]:
        parts = file.relative_to(root).parts
        if ".build" in parts: continue
        tails.update("/".join(parts[i:]) for i in range(len(parts)))


def leads_to_file(path):
    for base in (root, root / "Sources"):
        if (base / path.split("/")[0]).exists(): return (base / path).exists()
    return path in tails


missing, count = [], 0
for document in [root / "README.md", root / "HACKING.md", *sorted(pathlib.Path(sys.argv[1]).rglob("*.md"))]:
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for path in re.findall(r"`([\w.+-]+(?:/[\w.+-]+)+)/?`", text):
        if path.rsplit(".", 1)[-1] in extensions or path.split("/")[0] in folders:
            count += 1
            if not leads_to_file(path): missing.append(f"{document.name}: {path}")
    # A word alone names an image of the catalogue, which docc checks.
    for link in re.findall(r"\]\(([^)#:\s]+[./][^)#:\s]+)(?:#[^)]*)?\)", text):
        count += 1
        if not (document.parent / link).exists(): missing.append(f"{document.name}: {link}")
if count == 0: sys.exit("documentation: no path was found")
for path in missing: print("documentation: leads to no file: " + path)
print(f"documentation: {count} paths and links, {len(missing)} to no file")
sys.exit(bool(missing))
