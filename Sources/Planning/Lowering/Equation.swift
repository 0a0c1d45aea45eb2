/// One equation of a forward: a value from other values. What blocks are lowered to, and what passes work on before
/// there are tiles and buffers.
protocol Equation: Sendable {
    /// The module in diffusers' terms.
    var name: String { get }
    /// What it reads, the value whose rows it goes along first.
    var reads: [Value] { get }
    /// What it gives; nil for the caller's output.
    var result: Value? { get }

    /// Whether it reads the caller's sample.
    var readsSample: Bool { get }

    /// Whether the result may be written over the first value that it reads, once nothing else reads that.
    var mayOverwriteInput: Bool { get }

    /// Appends the equations of the gradient with respect to what it reads, for the gradient `dy` with respect to its result;
    /// dy is nil where that goes to the caller.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError)

    /// Appends the operations that compute it.
    func build(_ hints: Hints, in builder: inout OperationBuilder)
}

extension Equation {
    var mayOverwriteInput: Bool { false }
    var readsSample: Bool { false }
}

/// What passes have decided about an equation.
struct Hints: Sendable, Hashable {
    /// Whether it runs beside the operation before it: neither reads what the other writes.
    var joinsPrevious = false
    /// Whether its result may take the memory of the first value that it reads.
    var overwritesInput = false
    /// Whether it may be an epilogue of what gives the first value that it reads: no other equation of the forward, or of the
    /// gradient, reads that later.
    var follows = false
    /// Groups of the norm that reads the result: tiles should have whole ones.
    var normGroups = 1
}

/// An equation in the list that passes hand on.
struct Line: Sendable {
    var equation: any Equation
    var hints = Hints()
}

extension Line: CustomStringConvertible {
    /// For instance `v7 = mid_block.resnets.0.conv_1(v5) joined`.
    var description: String {
        let result = equation.result.map { "v\($0.buffer) = " } ?? ""
        let arguments = equation.reads.map { "v\($0.buffer)" }.joined(separator: ", ")
        return "\(result)\(equation.name)(\(arguments))" + (hints.joinsPrevious ? " joined" : "")
            + (hints.overwritesInput ? " in place" : "")
    }
}

extension [Line] {
    /// Whether a line from `index` on reads a value.
    func reads(_ value: Value, from index: Int) -> Bool {
        self[index...].contains { $0.equation.reads.contains { $0.buffer == value.buffer } }
    }
}
