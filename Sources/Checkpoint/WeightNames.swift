/// The names under which a folder's weights are looked for, preferred as diffusers does: safetensors before pickles, shards
/// where an index lists them.
///
/// Source: diffusers 0.36, models/modeling_utils.py, `from_pretrained`, and utils/hub_utils.py, `_add_variant`.
package struct WeightNames: Sendable {
    /// What the names of weights begin with, in diffusers and in Dance Diffusion's folders of other programs.
    package static let stem = "diffusion_pytorch_model"
    static let otherStem = "pytorch_model"

    /// For instance `fp16`; nil: the weights without one.
    package let variant: String?

    package init(variant: String?) { self.variant = variant }

    /// Whether the weights are in one file or in several, and in which format.
    package enum Form: Sendable {
        case safetensors, pickle
        case safetensorsIndex, pickleIndex

        /// Whether the file names others, which hold the weights.
        package var isIndex: Bool { self == .safetensorsIndex || self == .pickleIndex }
    }

    /// The names, the preferred first.
    package var candidates: [(name: String, form: Form)] {
        let stem = Self.stem
        guard let variant else {
            return [
                ("\(stem).safetensors.index.json", .safetensorsIndex), ("\(stem).safetensors", .safetensors),
                ("\(stem).bin.index.json", .pickleIndex), ("\(stem).bin", .pickle),
                ("\(Self.otherStem).bin", .pickle),
            ]
        }
        return [
            ("\(stem).safetensors.index.\(variant).json", .safetensorsIndex),
            ("\(stem).\(variant).safetensors.index.json", .safetensorsIndex),
            ("\(stem).\(variant).safetensors", .safetensors),
            ("\(stem).bin.index.\(variant).json", .pickleIndex),
            ("\(stem).\(variant).bin.index.json", .pickleIndex),
            ("\(stem).\(variant).bin", .pickle),
        ]
    }

    /// Variants of which a folder with these names has weights.
    package static func variants(among names: [String]) -> [String] {
        var variants: Set<String> = []
        for name in names {
            var parts = name.split(separator: ".", omittingEmptySubsequences: false)[...]
            guard parts.first == stem[...] else { continue }
            parts = parts.dropFirst()
            // STEM.VARIANT.safetensors, STEM.VARIANT-00001-of-00002.safetensors, STEM.safetensors.index.VARIANT.json
            if parts.count >= 2, let last = parts.last, last == "safetensors" || last == "bin" {
                let variant = parts.dropLast().joined(separator: ".")
                variants.insert(String(variant.split(separator: "-").first ?? ""))
            } else if parts.count >= 4, parts.last == "json", parts.dropFirst().first == "index" {
                variants.insert(parts.dropFirst(2).dropLast().joined(separator: "."))
            }
        }
        return variants.filter { !$0.isEmpty }.sorted()
    }
}
