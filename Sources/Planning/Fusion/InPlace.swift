/// The pass that decides what may be written over what it reads: sums, norms and activations over their first input, where no
/// later equation reads that and the network keeps it under no name.
enum InPlace {
    /// - Parameter kept: values that nothing is written over.
    static func applied(to lines: [Line], kept: Set<Int>) -> [Line] {
        var result = lines
        for (index, line) in lines.enumerated() {
            guard let combine = line.equation as? Combine else { continue }
            result[index].hints.overwritesInput =
                combine.y.batch == combine.x.batch && !kept.contains(combine.x.buffer)
                && !lines.reads(combine.x, from: index + 1)
        }
        return result
    }
}
