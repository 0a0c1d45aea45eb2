#!/usr/bin/env python3
"""Which products of other packages the library products are linked with: there must be none. Reads what `swift package dump-package`
prints."""
import json
import sys

package = json.load(sys.stdin)
targets = {target["name"]: target for target in package["targets"]}
foreign = set()
for product in package["products"]:
    if "library" not in product["type"]:
        continue
    open_targets, seen = list(product["targets"]), set()
    while open_targets:
        name = open_targets.pop()
        if name in seen:
            continue
        seen.add(name)
        for dependency in targets[name]["dependencies"]:
            (kind, (other, *_)), = dependency.items()
            if kind != "product" and other in targets:
                open_targets.append(other)
            else:
                foreign.add(f"{product['name']} is linked with {other}, through {name}")
for line in sorted(foreign):
    print(f"dependency: {line}")
sys.exit(1 if foreign else 0)
