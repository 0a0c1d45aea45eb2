/// Numbers as people read them.
enum Figures {
    /// `digits` decimals, rounded half away from zero.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let (whole, part) = scaled.quotientAndRemainder(dividingBy: Int(scale))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(whole)" }
        let decimals = "\(part)"
        return "\(sign)\(whole)." + String(repeating: "0", count: digits - decimals.count) + decimals
    }

    /// Four digits or so: more decimals the smaller the number.
    static func short(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case 100...: fixed(value, 0)
        case 10...: fixed(value, 1)
        case 1...: fixed(value, 2)
        default: fixed(value, 3)
        }
    }

    /// Milliseconds, to the microsecond below one second.
    static func milliseconds(_ value: Double) -> String { fixed(value, value >= 1000 ? 1 : 3) }

    /// Powers of 1024.
    static func bytes(_ value: Int) -> String {
        let value = Double(value)
        if value >= 0x1p30 { return fixed(value / 0x1p30, 2) + " GiB" }
        if value >= 0x1p20 { return fixed(value / 0x1p20, 1) + " MiB" }
        if value >= 0x1p10 { return fixed(value / 0x1p10, 1) + " KiB" }
        return fixed(value, 0) + " B"
    }

    /// Powers of 1000, with k, M, G.
    static func count(_ value: Double) -> String {
        if value >= 1e9 { return short(value / 1e9) + " G" }
        if value >= 1e6 { return short(value / 1e6) + " M" }
        if value >= 1e3 { return short(value / 1e3) + " k" }
        return value == value.rounded() ? fixed(value, 0) : short(value)
    }

    /// `1 worker`, `2 workers`; `2 queries`, where the plural is not formed by an s.
    static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// 1 × 32 × 64.
    static func shape(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: "×") }
}
