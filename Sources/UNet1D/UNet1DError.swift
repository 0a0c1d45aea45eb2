public import Checkpoint
public import KernelDispatch
public import Memory
public import Planning
public import Workers

/// Why a model could not be loaded, a forward not be planned, or a session not be made. `forward` itself never fails.
///
/// The description is a sentence: what was found where, what was expected, and the way out.
public enum UNet1DError: Error, Sendable {
    /// A file, a folder, a field or a tensor.
    case checkpoint(CheckpointError)
    /// A shape that the reference would raise for.
    case planning(PlanningError)
    /// An instruction set that the machine lacks.
    case implementation(ImplementationError)
    /// Memory that could not be had.
    case memory(MemoryError)
    /// Workers that could not be started.
    case workers(WorkerPoolError)
    /// A timestep that stands for no number, or none at all.
    case timestep(found: String, expected: String)
    /// A shape that a session was not prepared for, no shape at all, or a tensor whose shape is not that of a sample.
    case shape(found: String, expected: String)
}

extension UNet1DError: CustomStringConvertible {
    /// What was found, what was expected, and the way out.
    public var description: String {
        switch self {
        case .checkpoint(let error): "\(error)"
        case .planning(let error): "\(error)"
        case .implementation(let error): "\(error)"
        case .memory(let error): "\(error)"
        case .workers(let error): "\(error)"
        case .timestep(let found, let expected): "timestep: found \(found), expected \(expected)"
        case .shape(let found, let expected): "shape: found \(found), expected \(expected)"
        }
    }
}

/// The value of `body`, whose error is thrown as one of the library's.
func rethrowing<Result, Cause: Error>(
    _ body: @autoclosure () throws(Cause) -> Result, as wrap: (Cause) -> UNet1DError
) throws(UNet1DError) -> Result {
    do throws(Cause) { return try body() } catch { throw wrap(error) }
}
