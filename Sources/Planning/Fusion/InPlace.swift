/// The pass that decides which results are written over what they are made of: where the equation allows it, no later
/// equation reads that, and the network keeps it under no name.
enum InPlace {
    /// - Parameter kept: values that nothing is written over.
    static func applied(to lines: [Line], kept: Set<Int>) -> [Line] {
        var result = lines
        for (index, line) in lines.enumerated() {
            guard line.equation.mayOverwriteInput, let x = line.equation.reads.first else { continue }
            result[index].hints.overwritesInput = !kept.contains(x.buffer) && !lines.reads(x, from: index + 1)
        }
        return result
    }
}
