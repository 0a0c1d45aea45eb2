import KernelArguments

/// The pass that appends the gradient of a forward: its equations in reverse order, each of which turns the gradient with
/// respect to its result into those with respect to what it reads. Gradients of a value that several equations read are
/// added. The timestep and the weights get none.
struct Differentiation {
    private(set) var lowering: Lowering
    /// The values that follow from the sample.
    private var active: Set<Int> = []
    /// The gradient of each value, as far as it is known.
    private var gradients: [Int: Value] = [:]

    /// Appends the gradient of the output with respect to the sample, for a cotangent, to the lines of a forward.
    static func appended(to lowering: Lowering) throws(PlanningError) -> Lowering {
        var pass = Differentiation(lowering: lowering)
        pass.findActive()
        for index in lowering.lines.indices.reversed() { try pass.differentiate(index) }
        return pass.lowering
    }

    private init(lowering: Lowering) { self.lowering = lowering }

    private mutating func findActive() {
        for equation in lowering.lines.map(\.equation) {
            guard equation.readsSample || equation.reads.contains(where: { active.contains($0.buffer) }) else {
                continue
            }
            if let result = equation.result { active.insert(result.buffer) }
        }
    }

    private mutating func differentiate(_ index: Int) throws(PlanningError) {
        let equation = lowering.lines[index].equation
        guard let result = equation.result else {
            try equation.differentiate(nil, in: &self)
            return
        }
        guard active.contains(result.buffer), let dy = gradients[result.buffer] else { return }
        if let combine = equation as? Combine { lowering.replace(index, by: combine.keepingInput) }
        try equation.differentiate(dy, in: &self)
    }

    // MARK: - What equations ask for

    /// Whether a value's gradient is of use.
    func needs(_ x: Value) -> Bool { active.contains(x.buffer) }

    /// Adds a gradient with respect to x, or to all of the value that x is a slice of.
    mutating func add(_ dx: Value, to x: Value, name: String) throws(PlanningError) {
        guard needs(x) else { return }
        guard let known = gradients[x.buffer] else {
            gradients[x.buffer] = dx
            return
        }
        gradients[x.buffer] = try lowering.combine(dx, name: name + ".sum", plus: known)
    }

    /// The gradient of a value that has one batch element for all of dy's.
    mutating func summed(_ dy: Value, to batch: Int, name: String) throws(PlanningError) -> Value {
        guard batch < dy.batch else { return dy }
        let y = try newValue(batch: 1, length: dy.length, channels: dy.channels)
        append(SumElements(name: name + ".elements", x: dy, y: y))
        return y
    }

    /// dy times the factors of each batch element's channels.
    mutating func product(_ dy: Value, _ factor: Value, name: String) throws(PlanningError) -> Value {
        try lowering.combine(dy, name: name + ".factor.gradient", times: factor)
    }

    /// The gradient of what several sources that lie side by side gave: whole channel blocks for each.
    mutating func newValue(like sources: [Value]) throws(PlanningError) -> Value {
        try newValue(
            batch: sources[0].batch, length: sources[0].length,
            channels: sources.count == 1 ? sources[0].channels : sources.map(\.paddedChannels).reduce(0, +))
    }

    /// Adds to each source its part of a gradient.
    mutating func add(_ dx: Value, to sources: [Value], name: String) throws(PlanningError) {
        var first = 0
        for source in sources {
            var part = dx
            part.firstChannel = first
            part.channels = source.channels
            try add(part, to: source, name: name)
            first += source.paddedChannels
        }
    }

    mutating func newValue(batch: Int, length: Int, channels: Int) throws(PlanningError) -> Value {
        try lowering.newValue(batch: batch, length: length, channels: channels)
    }

    mutating func append(_ equation: some Equation) { lowering.append(equation) }
}
