public import Checkpoint
public import Memory
public import UNet1D
public import UNet1DSampling

/// Why a command cannot do what was requested. The description is one line: what is wrong where, what was expected.
public enum BenchError: Error, Sendable {
    /// The value of an option.
    case option(name: String, found: String, expected: String)
    /// Something that the command does not have; `available` is what it has.
    case unavailable(name: String, found: String, available: String)
    /// A profile that is nowhere.
    case noSuchProfile(name: String, known: [String])
    /// A machine profile that is nowhere.
    case noSuchMachine(name: String, known: [String])
    /// A profile's file, and the line where that is known.
    case profile(file: String, line: Int? = nil, problem: String)
    /// A tensor of a file.
    case tensor(file: String, tensor: String, found: String, expected: String)
    /// A file's tensors that cannot be run.
    case forward(file: String, cause: UNet1DError)
    /// More memory than there is, in bytes.
    case memory(needed: Int, available: Int, subject: String)
    /// The system refused the memory that evicts the caches.
    case eviction(MemoryError)
    /// The system refused the memory of the probe.
    case probe(MemoryError)
    /// The library refused.
    case library(UNet1DError)
    /// The library refused a denoising loop.
    case sampling(SamplingError)
    /// A file could not be read or written.
    case file(CheckpointError)
    /// A file with a signal that cannot be used.
    case signal(file: String, found: String, expected: String)
    /// A WAV file, or libsndfile, which reads and writes it.
    case sound(file: String, problem: String, remedy: String)
    /// A report that cannot be compared: a member of it, or the file as a whole.
    case report(file: String, field: String, found: String, expected: String)
    /// Reports of different things.
    case incomparable(field: String, base: String, found: String, other: String, against: String)
    /// Another build that `run --against` runs, or this one beside it.
    case otherBuild(program: String, problem: String)
    /// Standard output could not be written.
    case output(reason: String)
}

extension BenchError: CustomStringConvertible {
    /// What is wrong where, and what was expected.
    public var description: String {
        switch self {
        case .option(let name, "", let expected): "--\(name) '': expected \(expected)"
        case .option(let name, let found, let expected): "--\(name): found \(found), expected \(expected)"
        case .unavailable(let name, let found, let available):
            "--\(name) \(Self.shown(found)): not available; \(available)"
        case .noSuchProfile(let name, let known):
            "--profile \(Self.shown(name)): there is no such file or profile; profiles: \(known.joined(separator: ", "))"
        case .noSuchMachine(let name, let known):
            """
            --machine \(Self.shown(name)): there is no such file or machine profile; machine profiles: \
            \(known.joined(separator: ", ")); unet1d-bench tune measures this machine
            """
        case .profile(let file, let line, let problem): "\(file):\(line.map { "\($0):" } ?? "") \(problem)"
        case .tensor(let file, let tensor, let found, let expected):
            "\(file): tensor \"\(tensor)\": found \(found), expected \(expected)"
        case .forward(let file, let cause): "\(file): \(cause)"
        case .memory(let needed, let available, let subject):
            "\(subject): needs \(needed >> 20) MiB of memory, but \(available >> 20) MiB are available; take a smaller batch or length"
        case .eviction(let error): "--cold: no memory to evict the caches with: \(error)"
        case .probe(let error): "--probe: no memory of the arena's size: \(error)"
        case .library(let error): "\(error)"
        case .sampling(let error): "\(error)"
        case .file(let error): "\(error)"
        case .signal(let file, let found, let expected): "\(file): found \(found), expected \(expected)"
        case .sound(let file, let problem, let remedy): "\(file): \(problem); \(remedy)"
        case .report(let file, let field, let found, let expected):
            "\(file): \(field): found \(found), expected \(expected)"
        case .incomparable(let field, let base, let found, let other, let against):
            "\(field): \(base) has \(found), \(other) has \(against): times of different things; --force compares them"
        case .otherBuild(let program, let problem): "\(program): \(problem)"
        case .output(let reason): "standard output: cannot be written: \(reason)"
        }
    }

    /// A value that a message can be read with: quoted where there is nothing to see.
    private static func shown(_ value: String) -> String { value.isEmpty ? "''" : value }
}

/// Runs `body`, its error as one of the command's.
func library<Result: ~Copyable>(_ body: () throws(UNet1DError) -> Result) throws(BenchError) -> Result {
    do throws(UNet1DError) { return try body() } catch { throw .library(error) }
}

/// Runs `body`, its error as one of the command's.
func files<Result>(_ body: () throws(CheckpointError) -> Result) throws(BenchError) -> Result {
    do throws(CheckpointError) { return try body() } catch { throw .file(error) }
}

/// Runs `body`, its error as one of the command's.
func sampling<Result: ~Copyable>(_ body: () throws(SamplingError) -> Result) throws(BenchError) -> Result {
    do throws(SamplingError) { return try body() } catch { throw .sampling(error) }
}
