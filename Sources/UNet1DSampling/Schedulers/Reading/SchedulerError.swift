public import Checkpoint

/// Why a scheduler could not be read or prepared. `description` is one line: what is wrong where, what was expected, and the
/// way out.
public enum SchedulerError: Error, Sendable, Equatable {
    /// A file that cannot be read, or is no JSON.
    case file(CheckpointError)
    /// A folder without a scheduler's configuration.
    case notFound(path: String, lookedFor: [String])
    /// A class of schedulers that is not there.
    case unknownClass(file: String, found: String, known: [String])
    /// A field that neither this scheduler nor another one of diffusers has.
    case unknownField(file: String, scheduler: String, field: String, known: [String])
    /// A value that cannot be used.
    case value(file: String, field: String, found: String, expected: String, remedy: String)
    /// Options that give no schedule. `scheduler` is its class, with the file it was read from.
    case schedule(_ scheduler: String, problem: String, remedy: String)
}

extension SchedulerError: CustomStringConvertible {
    /// One line: file, field, what was found, what was expected, the way out.
    public var description: String { message.oneLine }

    private var message: String {
        switch self {
        case .file(let error): "\(error)"
        case .notFound(let path, let lookedFor):
            "\(path): has none of \(lookedFor.joined(separator: ", ")); give the folder of a pipeline, or the file itself"
        case .unknownClass(let file, let found, let known):
            "\(file): _class_name is \(found), but must be one of \(known.joined(separator: ", ")); name one of them to read "
                + "the file as its configuration, as from_config does in diffusers"
        case .unknownField(let file, let scheduler, let field, let known):
            "\(file): \(field.quoted) is not a field of \(scheduler), which has \(known.joined(separator: ", ")); "
                + "correct its name, or remove it"
        case .value(let file, let field, let found, let expected, let remedy):
            "\(file): \(field) is \(found), but must be \(expected); \(remedy)"
        case .schedule(let scheduler, let problem, let remedy): "\(scheduler): \(problem); \(remedy)"
        }
    }

    /// The error with the file in it from which the scheduler was read.
    func reading(_ file: String?) -> SchedulerError {
        guard let file, case .schedule(let scheduler, let problem, let remedy) = self else { return self }
        return .schedule("\(file): \(scheduler)", problem: problem, remedy: remedy)
    }
}
