public import UNet1D

/// Why a denoising loop could not be prepared. A loop itself never fails.
///
/// The description is a sentence: what was found, what was expected, and the way out.
public enum SamplingError: Error, Sendable {
    /// A model, a shape, memory or workers.
    case model(UNet1DError)
    /// A scheduler's file, or a schedule that cannot be.
    case scheduler(SchedulerError)
    /// A source of noise that does not fit.
    case noise(NoiseError)
    /// A model whose output is not what the scheduler's steps read.
    case output(shape: [Int], expected: [Int], remedy: String)
    /// Values that do not fit the sample.
    case values(name: String, found: String, expected: String)
}

extension SamplingError: CustomStringConvertible {
    /// What was found, what was expected, and the way out.
    public var description: String {
        switch self {
        case .model(let error): "\(error)"
        case .scheduler(let error): "\(error)"
        case .noise(let error): "\(error)"
        case .output(let shape, let expected, let remedy):
            "the model's output has the shape \(shape), but the steps of this scheduler read \(expected): \(remedy)"
        case .values(let name, let found, let expected): "\(name): found \(found), expected \(expected)"
        }
    }
}

/// The value of `body`, whose error is thrown as one of sampling.
func rethrowing<Result: ~Copyable, Cause: Error>(
    _ body: @autoclosure () throws(Cause) -> Result, as wrap: (Cause) -> SamplingError
) throws(SamplingError) -> Result {
    do throws(Cause) { return try body() } catch { throw wrap(error) }
}
