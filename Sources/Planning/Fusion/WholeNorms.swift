import Checkpoint

/// The pass that tells an equation which norm reads its result, so that its tiles have whole groups and the norm can be
/// its epilogue.
enum WholeNorms {
    static func applied(to lines: [Line]) -> [Line] {
        var result = lines
        for equation in lines.map(\.equation) {
            guard let (norm, value) = normed(equation),
                let producer = lines.firstIndex(where: { $0.equation.result?.buffer == value.buffer })
            else { continue }
            result[producer].hints.normGroups = norm.groups
        }
        return result
    }

    /// A norm, or the gradient of one, and the value that it goes over first.
    private static func normed(_ equation: any Equation) -> (GroupNorm, Value)? {
        switch equation {
        case let combine as Combine: combine.norm.map { ($0, combine.x) }
        case let gradient as CombineGradient: gradient.norm.map { ($0, gradient.dy) }
        default: nil
        }
    }
}
