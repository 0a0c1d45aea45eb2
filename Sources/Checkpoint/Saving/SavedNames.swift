/// The names of the files that weights are saved in, of one variant.
///
/// Source: diffusers 0.36, models/modeling_utils.py, `save_pretrained`, and utils/hub_utils.py, `_add_variant`.
struct SavedNames {
    /// For instance `fp16`; nil: none.
    let variant: String?

    private var stem: String { WeightNames.stem + (variant.map { ".\($0)" } ?? "") }

    /// The one file.
    var single: String { stem + ".safetensors" }

    /// The list of the shards.
    var index: String { "\(WeightNames.stem).safetensors.index\(variant.map { ".\($0)" } ?? "").json" }

    /// Shard `number` of `count`, counted from 1.
    func shard(_ number: Int, of count: Int) -> String {
        "\(stem)-\(Self.fiveDigits(number))-of-\(Self.fiveDigits(count)).safetensors"
    }

    /// Whether a file of that name holds safetensors weights of this variant, or lists them.
    func own(_ name: String) -> Bool {
        if name == single || name == index || name == "\(stem).safetensors.index.json" { return true }
        guard name.hasPrefix(stem + "-"), name.hasSuffix(".safetensors") else { return false }
        let middle = name.dropFirst(stem.count + 1).dropLast(".safetensors".count)
        return middle.wholeMatch(of: /[0-9]{5}-of-[0-9]{5}/) != nil
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
