/// The pass that tells an equation which norm reads its result, so that its tiles have whole groups and the norm can be
/// its epilogue.
enum WholeNorms {
    static func applied(to lines: [Line]) -> [Line] {
        var result = lines
        for case let combine as Combine in lines.map(\.equation) {
            guard let norm = combine.norm,
                let producer = lines.firstIndex(where: { $0.equation.result?.buffer == combine.x.buffer })
            else { continue }
            result[producer].hints.normGroups = norm.groups
        }
        return result
    }
}
