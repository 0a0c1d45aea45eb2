import Checkpoint
public import UNet1D

/// The input of a forward, from a safetensors file: `sample`, `timestep` and, if requested, what is expected.
public struct ForwardFile: Sendable {
    /// The file.
    public let path: String
    /// (batch, channels, length), row-major; (batch, length, channels) of a robot policy's.
    public let sample: [Float]
    /// The sample's shape.
    public let sampleShape: [Int]
    /// The timestep.
    public let timestep: Timestep
    private let file: TensorFile

    /// Reads `sample` and `timestep`. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.tensor`, `BenchError.forward`; `BenchError.option` for no name.
    public init(path: String) throws(BenchError) {
        if path.isEmpty { throw .option(name: "tensors", found: "", expected: "a safetensors file") }
        self.path = path
        let file = try files { () throws(CheckpointError) in try TensorFile(path: path) }
        self.file = file
        (sample, sampleShape) = try Self.floats("sample", in: file)
        guard sampleShape.count == 3 else {
            throw .tensor(
                file: path, tensor: "sample", found: "shape \(sampleShape)",
                expected: "three: batch, channels, length, or batch, length, channels of a robot policy's")
        }
        timestep = try Self.timestep(in: file)
    }

    /// The numbers of another tensor: `expected`, for instance. Blocks on the disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.tensor` for another shape too.
    public func floats(_ name: String, shape: [Int]) throws(BenchError) -> [Float] {
        let found = try Self.floats(name, in: file)
        guard found.shape == shape else {
            throw .tensor(file: path, tensor: name, found: "shape \(found.shape)", expected: "\(shape)")
        }
        return found.values
    }

    /// Options for this file: it has a local condition or not.
    func options(_ options: Session.Options) -> Session.Options {
        var options = options
        options.localCondition = (try? file.tensor(named: "local_cond")) != nil
        return options
    }

    /// Plans the forward of this file.
    ///
    /// - Throws: `BenchError.forward`, `BenchError.tensor` where the sample does not fit the model.
    public func plan(_ model: UNet1DModel, options: Session.Options) throws(BenchError) -> Plan {
        let layout = model.network.layout
        let (batch, _, length) = layout.extent(of: sampleShape)
        let wanted = layout.shape(batch: batch, channels: model.sampleChannels, length: length)
        guard sampleShape == wanted else {
            throw .tensor(file: path, tensor: "sample", found: "shape \(sampleShape)", expected: "\(wanted)")
        }
        let plan: Plan
        do throws(UNet1DError) {
            plan = try model.plan(
                ForwardShape(batch: batch, length: length, timesteps: timestep.count), options: self.options(options))
        } catch {
            throw .forward(file: path, cause: error)
        }
        guard sampleShape == plan.sampleShape else {
            throw .tensor(file: path, tensor: "sample", found: "shape \(sampleShape)", expected: "\(plan.sampleShape)")
        }
        return plan
    }

    /// The conditions that a plan's model reads, `global_cond` and `local_cond`; empty where it reads none. Blocks on the
    /// disk.
    ///
    /// - Throws: `BenchError.file`, `BenchError.tensor` for a tensor that is missing or of another shape.
    func condition(_ plan: Plan) throws(BenchError) -> Condition {
        var condition = Condition()
        if let shape = plan.conditionShapes.global { condition.global = try floats("global_cond", shape: shape) }
        if let shape = plan.conditionShapes.local { condition.local = try floats("local_cond", shape: shape) }
        return condition
    }

    private static func floats(
        _ name: String, in file: TensorFile
    ) throws(BenchError) -> (values: [Float], shape: [Int]) {
        let tensor = try files { () throws(CheckpointError) in try file.tensor(named: name) }
        guard tensor.elementType == .f32 else {
            throw .tensor(file: file.path, tensor: name, found: "dtype \(tensor.elementType.name)", expected: "F32")
        }
        return (try files { () throws(CheckpointError) in try file.floats(named: name) }, tensor.shape)
    }

    /// A number alone is a Python float where it is F64; everything else is a tensor, or an integer, which means the
    /// same. Source: diffusers 0.26.3, unet_1d.py, UNet1DModel.forward.
    private static func timestep(in file: TensorFile) throws(BenchError) -> Timestep {
        let numbers = try files { () throws(CheckpointError) in try file.numbers(named: "timestep") }
        guard numbers.shape.count <= 1 else {
            throw .tensor(
                file: file.path, tensor: "timestep", found: "shape \(numbers.shape)",
                expected: "a single number, or a list with one for each batch element")
        }
        do throws(UNet1DError) {
            if numbers.shape.isEmpty && numbers.elementType == .f64 {
                return try Timestep(truncating: numbers.values[0])
            }
            return try Timestep(numbers.values)
        } catch {
            throw .forward(file: file.path, cause: error)
        }
    }
}
